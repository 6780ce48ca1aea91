package muster.it.hostile;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;

/// Everybody who may call: each with a name for messages.
final class Callers {
  /// Whom the filter of the fenced keys lets see what has the tag `a`, as all samples have.
  private static final String INSIDE = "tag:a";

  private static final String ELSEWHERE = "tag:elsewhere";
  private static final String PASSWORD = "a password for callers";

  private final TestMuster muster;

  /// Without a credential that is good here, or at all.
  final Map<String, TestClient> strangers = new LinkedHashMap<>();

  /// Devices' own tokens.
  final Map<String, TestClient> devices = new LinkedHashMap<>();

  /// Keys and sessions without a scope, with their role.
  final Map<Person, TestClient> people = new LinkedHashMap<>();

  /// Keys whose scope the samples are in.
  final Map<Person, TestClient> inside = new LinkedHashMap<>();

  /// Keys whose scope the samples are not in.
  final Map<Person, TestClient> elsewhere = new LinkedHashMap<>();

  record Person(String name, String role) {
    @Override
    public String toString() {
      return name;
    }
  }

  /// @param sample the device that the samples' paths name
  Callers(TestMuster muster, FakeDevice sample) {
    this.muster = muster;
    for (String role : AuthorisationTable.ROLES) {
      people.put(new Person(role + "'s key", role), muster.withRole(role));
      people.put(new Person(role + "'s session", role), session(role));
      inside.put(new Person(role + "'s key, fenced in", role), fenced(role, INSIDE));
      elsewhere.put(new Person(role + "'s key, fenced out", role), fenced(role, ELSEWHERE));
    }
    devices.put("the device itself", muster.client(sample.token()));
    devices.put("another device", muster.client(muster.enroll("another").token()));
    strangers();
  }

  private void strangers() {
    strangers.put("nobody", muster.anonymous());
    strangers.put("garbage", muster.client("garbage"));
    String key = muster.adminKey();
    strangers.put("a forged key", muster.client(forged(key)));
    strangers.put("the secret of a key for another id", muster.client(crossed(key)));
    strangers.put("a key's id alone", muster.client(key.substring(0, key.lastIndexOf('_'))));
    strangers.put(
        "an expired key",
        muster.withKey(Map.of("name", "old", "role", "owner", "expires_in_seconds", 1)));
    muster.clock().advance(Duration.ofSeconds(2));
    strangers.put("a deleted key", deleted());
    strangers.put("an unused enrolment token", muster.client(muster.enrollmentToken()));
    strangers.put("a deleted device", gone());
    for (var change :
        Map.of(
                "disabled", Map.of("disabled", true),
                "demoted", Map.of("role", "viewer"),
                "given another password", Map.of("password", "another password"))
            .entrySet()) {
      TestClient session = session("owner");
      String name = session.get("/api/me").text("username");
      muster.admin().patch("/api/users/" + name, change.getValue()).expect(200);
      strangers.put("the session of somebody " + change.getKey(), session);
    }
    TestClient left = session("owner");
    left.post("/api/logout", Map.of()).expect(204);
    strangers.put("a session that ended", left);
    TestClient fired = session("owner");
    muster.admin().delete("/api/users/" + fired.get("/api/me").text("username")).expect(204);
    strangers.put("the session of a deleted user", fired);
  }

  private TestClient session(String role) {
    String name = role + "-" + muster.admin().get("/api/users").at("total").asInt();
    Map<String, String> user = Map.of("username", name, "password", PASSWORD, "role", role);
    muster.admin().post("/api/users", user).expect(201);
    return muster.client(muster.anonymous().post("/api/login", user).expect(200).text("token"));
  }

  private TestClient fenced(String role, String scope) {
    return muster.withKey(Map.of("name", role + " " + scope, "role", role, "scope", scope));
  }

  private TestClient deleted() {
    TestClient owner = muster.withRole("owner");
    String id = "key_" + owner.token().split("_")[1];
    muster.admin().delete("/api/auth/keys/" + id).expect(204);
    return owner;
  }

  private TestClient gone() {
    FakeDevice device = muster.enroll("gone");
    muster.admin().delete("/v1/devices/" + device.id()).expect(204);
    return muster.client(device.token());
  }

  /// The right id with another secret.
  private static String forged(String key) {
    return key.substring(0, key.length() - 1) + (key.endsWith("0") ? "1" : "0");
  }

  private String crossed(String key) {
    String other = muster.withRole("owner").token();
    return other.substring(0, other.lastIndexOf('_')) + key.substring(key.lastIndexOf('_'));
  }

  /// Everybody by name.
  Map<String, TestClient> all() {
    Map<String, TestClient> all = new LinkedHashMap<>(strangers);
    all.putAll(devices);
    for (Map<Person, TestClient> group : List.of(people, inside, elsewhere)) {
      group.forEach((person, client) -> all.put(person.name(), client));
    }
    return all;
  }

  /// How the caller's id begins in the audit log.
  static String principal(TestClient client) {
    String[] token = client.token().split("_");
    return switch (token[0]) {
      case "mk" -> "key:key_" + token[1];
      case "sess" -> "user:usr_";
      case "agt" -> "device:dev_";
      default -> throw new IllegalArgumentException(token[0]);
    };
  }
}
