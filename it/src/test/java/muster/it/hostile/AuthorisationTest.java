package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Holds every route, called as everybody, against `authorisation.txt`.
class AuthorisationTest {
  private static final List<String> PEOPLE = List.of("viewer", "operator", "admin", "owner");

  private static TestMuster muster;
  private static Samples samples;
  private static FakeDevice device;

  /// By what they are called in the table, and who is nobody by other names.
  private static final Map<String, TestClient> callers = new LinkedHashMap<>();

  private static Map<String, String> table;

  @BeforeAll
  static void start() throws IOException {
    muster = TestMuster.start();
    samples = new Samples(muster);
    device = muster.enroll("caller");
    table = table();
    callers.put("anonymous", muster.anonymous());
    callers.put("garbage", muster.client("garbage"));
    callers.put("forged", muster.client(forged(muster.adminKey())));
    callers.put(
        "expired", muster.withKey(Map.of("name", "old", "role", "owner", "expires_in_seconds", 1)));
    callers.put("enrolment token", muster.client(muster.enrollmentToken()));
    callers.put("device", muster.client(device.token()));
    PEOPLE.forEach(role -> callers.put(role, muster.withRole(role)));
    muster.clock().advance(Duration.ofSeconds(2));
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// The right id with another secret.
  private static String forged(String key) {
    return key.substring(0, key.length() - 1) + (key.endsWith("0") ? "1" : "0");
  }

  /// `METHOD /path` to the lowest role, from the file.
  private static Map<String, String> table() throws IOException {
    Map<String, String> table = new LinkedHashMap<>();
    try (InputStream in =
        Objects.requireNonNull(AuthorisationTest.class.getResourceAsStream("/authorisation.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] parts = line.strip().split("\\s+");
          assertThat(table.put(parts[0] + " " + parts[1], parts[2])).as(line).isNull();
        }
      }
    }
    return table;
  }

  private static String name(Route route) {
    return route.method() + " " + route.path();
  }

  private static String lowest(Route route) {
    return Objects.requireNonNull(table.get(name(route)), name(route));
  }

  private static List<Route> routes() {
    return muster.server().routes();
  }

  @Test
  void table_hasEveryRouteAndNoOther() {
    List<String> expected = new ArrayList<>(List.of("GET /device/ws", "GET /v1/agent/ws"));
    routes().forEach(route -> expected.add(name(route)));
    assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(table.values()).isSubsetOf("open", "device", "viewer", "operator", "admin", "owner");
    assertThat(routes())
        .allSatisfy(route ->
            assertThat(route.open()).as(name(route)).isEqualTo(lowest(route).equals("open")));
  }

  private static boolean may(String caller, String lowest) {
    return PEOPLE.contains(caller) && PEOPLE.indexOf(caller) >= PEOPLE.indexOf(lowest);
  }

  private static TestReply call(String caller, Route route, String path) {
    return Objects.requireNonNull(callers.get(caller))
        .send(route.method().name(), path, samples.body(route).map(ObjectNode::toString), Map.of());
  }

  @Test
  @DisplayName("F002: who lacks the right is refused on every route, and nothing happens")
  void denied_everywhereAndWithoutEffect() {
    List<String> wrong = new ArrayList<>();
    Map<Route, String> paths = new LinkedHashMap<>();
    routes().forEach(route -> paths.put(route, samples.path(route)));
    JsonNode before = state();
    for (Route route : routes()) {
      String lowest = lowest(route);
      if (lowest.equals("open")) {
        continue;
      }
      for (String caller : callers.keySet()) {
        if (may(caller, lowest)) {
          continue;
        }
        TestReply reply = Answers.refusal(call(caller, route, paths.get(route)), route.path());
        boolean known = PEOPLE.contains(caller) || caller.equals("device");
        int expected = known ? 403 : 401;
        if (reply.status() != expected) {
          wrong.add("%s as %s: %d".formatted(name(route), caller, reply.status()));
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(state()).isEqualTo(before);
  }

  /// Everything a write could change, as an owner sees it.
  private static JsonNode state() {
    ObjectNode state = (ObjectNode) muster.admin().get("/v1/devices").expect(200).json();
    for (String list :
        List.of("/v1/commands", "/v1/devices/enrollment", "/api/auth/keys", "/api/users")) {
      state.set(list, muster.admin().get(list).expect(200).json());
    }
    state.findParents("last_used_at").forEach(key -> ((ObjectNode) key).remove("last_used_at"));
    return state;
  }

  @Test
  @DisplayName("F002: who has the right is let in on every route")
  void allowed_everywhere() {
    List<String> wrong = new ArrayList<>();
    for (Route route : routes()) {
      for (String caller : callers.keySet()) {
        boolean open = lowest(route).equals("open");
        if (!open && !may(caller, lowest(route))) {
          continue;
        }
        // Reads of what is there; writes to what is not, so that they hit nobody.
        String path =
            Samples.isWrite(route)
                ? Samples.filled(route.path(), "dev_0000000000000000")
                : samples.path(route);
        TestReply reply = Answers.sane(call(caller, route, path));
        boolean expected =
            reply.status() < 300 || (Samples.namesSomething(route) && reply.status() == 404);
        if (!expected) {
          wrong.add("%s as %s: %d %s".formatted(name(route), caller, reply.status(), reply.body()));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F002: the sockets of devices take devices' tokens only")
  void sockets_takeDevicesOnly() {
    for (String path : List.of("/device/ws", "/v1/agent/ws")) {
      callers.forEach((caller, client) -> {
        TestReply reply = Answers.refusal(client.get(path), path);
        // Let in, the device is told that this is no WebSocket handshake.
        assertThat(reply.status()).as(caller).isEqualTo(caller.equals("device") ? 400 : 401);
      });
    }
  }

  @Test
  @DisplayName("F002: the scheme's name may be in any case, and other schemes are none")
  void scheme_inAnyCase() {
    String key = muster.adminKey();
    for (String good : List.of("Bearer " + key, "bearer " + key, "BEARER   " + key + " ")) {
      assertThat(me(good).status()).as(good.substring(0, 8)).isEqualTo(200);
    }
    for (String bad : List.of(key, "Basic " + key, "Bearer", "Bearer ", "Bearer " + key + " x")) {
      TestReply reply = Answers.refusal(me(bad), "/api/me");
      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.header("www-authenticate")).isEqualTo("Bearer");
      assertThat(reply.body()).doesNotContain(key);
    }
  }

  private static TestReply me(String authorization) {
    return muster
        .anonymous()
        .send("GET", "/api/me", Optional.empty(), Map.of("Authorization", authorization));
  }
}
