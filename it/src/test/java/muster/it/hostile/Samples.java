package muster.it.hostile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.blob.Checksum;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;

/// A good request for every route, to be spoiled by the tests: what its path names is there, and
/// its body is right.
final class Samples {
  private static final String PASSWORD = "a password for samples";

  /// Who logs in, and who is changed: then the password is another.
  private static final String USER = "sample";

  private static final String CHANGED = "changed";

  private static final String PAIR = "/api/devices/pair";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestMuster muster;
  private final AtomicInteger number = new AtomicInteger();
  private final FakeDevice machine;
  private final String device;
  private final String command;
  private final String key;

  /// Connected, and does at once whatever it is given.
  private final FakeDevice worker;

  private final String group;
  private final String campaign;

  /// A file that came from the worker.
  private final String file;

  Samples(TestMuster muster) {
    this.muster = muster;
    machine = muster.enroll("sample");
    device = machine.id();
    command =
        muster
            .admin()
            .post("/v1/devices/" + device + "/commands", execution())
            .expect(201)
            .text("id");
    // Ended, so that following it ends.
    muster.admin().post("/v1/commands/" + command + "/cancel", Map.of()).expect(200);
    key =
        muster
            .admin()
            .post("/api/auth/keys", Map.of("name", "sample", "role", "viewer"))
            .expect(201)
            .text("id");
    worker = tagged(muster.enroll("worker"));
    work();
    group = newGroup();
    muster
        .admin()
        .post("/api/device-groups/" + group + "/members/" + worker.id(), Map.of())
        .expect(200);
    campaign =
        muster
            .admin()
            .post("/api/device-groups/" + group + "/execute", tool())
            .expect(200)
            .text("execution_id");
    file = newFile();
    for (String user : List.of(USER, CHANGED)) {
      muster
          .admin()
          .post("/api/users", Map.of("username", user, "password", PASSWORD, "role", "viewer"))
          .expect(201);
    }
  }

  /// Connects the worker, if the time that a test has let pass has cost it its connection.
  private void work() {
    if (worker.isOpen()) {
      return;
    }
    worker.connect();
    Thread.ofVirtual()
        .start(() -> {
          while (worker.isOpen()) {
            worker
                .pollExecute(Duration.ofMillis(100))
                .ifPresent(given -> worker.complete(given, "done"));
          }
        });
  }

  /// With the tags that the samples' own bodies keep.
  FakeDevice tagged(FakeDevice device) {
    muster
        .admin()
        .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("a", "b")))
        .expect(200);
    return device;
  }

  /// The device that paths name.
  FakeDevice machine() {
    return machine;
  }

  /// The route's path with things that are there.
  String path(Route route) {
    if (route.path().startsWith("/v1/devices/enrollment/")) {
      return filled(route.path(), openEnrollment());
    }
    if (route.method() == HttpMethod.DELETE) {
      return deleted(route);
    }
    return switch (route.path()) {
      case PAIR + "/{pairing}" -> filled(route.path(), newCode().text("id"));
      case "/api/devices/{id}/approve", "/api/devices/{id}/deny" ->
          filled(route.path(), tagged(muster.pair("pending")).id());
      case "/api/devices/{id}/block", "/api/devices/{id}/revoke-token" ->
          filled(route.path(), tagged(muster.enroll("decided")).id());
      case "/api/devices/{id}/unblock" -> filled(route.path(), blocked());
      case "/api/devices/{id}/remote/start" -> {
        endSessions();
        yield filled(route.path(), worker.id());
      }
      case "/api/devices/{id}/remote/stop" -> {
        remoteSocket();
        yield filled(route.path(), worker.id());
      }
      case "/v1/recordings/{id}" -> filled(route.path(), recording());
      case "/api/devices/routing/explain" -> route.path() + "?tool=bash";
      case "/api/devices/routing/preferences/{tool}" -> filled(route.path(), "bash");
      case "/api/device-groups/{id}/members/{device}" ->
          filled(route.path().replace("{device}", member()), group);
      case "/api/device-groups/{id}/executions/{execution}" ->
          filled(route.path().replace("{execution}", campaign), group);
      default -> filled(route.path(), thing(route.path()));
    };
  }

  /// Takes away nothing that others name.
  private String deleted(Route route) {
    return switch (route.path()) {
      case "/v1/devices/{id}", "/api/devices/{id}" ->
          filled(route.path(), tagged(muster.enroll("deleted")).id());
      case "/api/devices/{id}/queue", "/api/devices/{id}/queue/{command}" ->
          filled(route.path().replace("{command}", waiting()), device);
      case "/api/devices/routing/preferences/{tool}" -> {
        Map<String, ?> preference = Map.of("device_id", worker.id());
        String path = filled(route.path(), "bash");
        muster
            .admin()
            .send("PUT", path, Optional.of(json(preference).toString()), Map.of())
            .expect(200);
        yield path;
      }
      case "/v1/transfers/{transfer}" -> filled(route.path(), newDownload(machine));
      case "/api/device-groups/{id}" -> filled(route.path(), newGroup());
      case "/api/device-groups/{id}/members/{device}" ->
          filled(route.path().replace("{device}", member()), group);
      default -> filled(route.path(), thing(route.path()));
    };
  }

  private String newFile() {
    byte[] content = "sample".getBytes(StandardCharsets.UTF_8);
    String id = newDownload(worker);
    String path = "/device/transfers/" + worker.nextTransfer().id();
    worker
        .http()
        .sendBytes(
            "PUT",
            path + "/content?offset=0&size=" + content.length,
            Optional.of(content),
            Map.of("Content-Type", "application/octet-stream"))
        .expect(200);
    String checksum = Checksum.of(content).text();
    worker
        .http()
        .post(
            path + "/end",
            Map.of("status", "completed", "size", content.length, "checksum", checksum))
        .expect(200);
    return id;
  }

  private String newDownload(FakeDevice from) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + from.id() + "/transfers",
            Map.of("direction", "download", "path", "/tmp/sample"))
        .expect(201)
        .text("id");
  }

  private String newGroup() {
    return muster
        .admin()
        .post("/api/device-groups", Map.of("name", "group-" + number.incrementAndGet()))
        .expect(201)
        .text("id");
  }

  /// What most paths of that kind name.
  private String thing(String path) {
    if (path.startsWith("/v1/commands/")) {
      return command;
    }
    if (path.startsWith("/api/device-groups/")) {
      return group;
    }
    if (path.startsWith("/v1/transfers/") || path.startsWith("/device/transfers/")) {
      return file;
    }
    return path.startsWith("/api/auth/keys/")
        ? key
        : path.startsWith("/api/users/") ? CHANGED : device;
  }

  private String blocked() {
    String id = tagged(muster.enroll("blocked")).id();
    muster.admin().post("/api/devices/" + id + "/block", Map.of()).expect(200);
    return id;
  }

  private String waiting() {
    return muster
        .admin()
        .post("/v1/devices/" + device + "/commands", execution())
        .expect(201)
        .text("id");
  }

  /// A device that is in the group already, which does no harm to whoever adds it.
  private String member() {
    String id = tagged(muster.enroll("member")).id();
    muster.admin().post("/api/device-groups/" + group + "/members/" + id, Map.of()).expect(200);
    return id;
  }

  /// The socket of a session that the administrator has begun, without its ticket.
  String remoteSocket() {
    endSessions();
    return muster
        .admin()
        .post("/api/devices/" + worker.id() + "/remote/start", Map.of())
        .expect(201)
        .text("url")
        .replaceFirst("&token=.*", "");
  }

  /// Ends what was begun; it would end by itself some time, and put that on record.
  void endSessions() {
    work();
    muster.admin().post("/api/devices/" + worker.id() + "/remote/stop", Map.of());
  }

  private String recording() {
    String id = "ses_sample";
    try {
      Path directory = Files.createDirectories(muster.data().resolve("recordings"));
      Files.writeString(
          directory.resolve("1776263400000." + id + "." + device + ".c2FtcGxl.cast"),
          "{\"version\":2,\"width\":80,\"height\":24}\n");
      return id;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The route's path with `id` for what it names.
  static String filled(String path, String id) {
    return path.replaceAll("\\{[a-z]+}", id) + (path.endsWith("/files") ? "?path=/tmp/sample" : "");
  }

  /// Whether it is for people; what is for devices has tests of its own.
  static boolean isForPeople(Route route) {
    return route.audience() != Route.Audience.DEVICES;
  }

  static boolean namesSomething(Route route) {
    return route.path().contains("{");
  }

  /// Makes what the route shows of the caller's own.
  void prepare(Route route, TestClient caller) {
    if (route.path().equals(PAIR + "/qr")) {
      caller.post(PAIR, Map.of()).expect(200);
    }
  }

  private TestReply newCode() {
    return muster.admin().post(PAIR, Map.of()).expect(200);
  }

  private String openEnrollment() {
    return muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200).text("id");
  }

  static boolean isWrite(Route route) {
    return route.method() != HttpMethod.GET;
  }

  /// A body that the route takes; absent for routes that read none.
  Optional<ObjectNode> body(Route route) {
    if (route.streamsBody()) {
      return Optional.empty(); // anything is a good one
    }
    if (route.method() == HttpMethod.PUT) {
      return Optional.of(json(Map.of("device_id", worker.id(), "fallback", true)));
    }
    if (route.method() == HttpMethod.PATCH) {
      return Optional.of(json(change(route)));
    }
    Optional<Map<String, ?>> body =
        switch (route.path()) {
          case "/v1/devices/enrollment" ->
              Optional.of(Map.of("suggested_name", "next", "suggested_tags", List.of("a")));
          case "/v1/devices/{id}/commands" -> Optional.of(execution());
          case "/v1/devices/{id}/transfers" ->
              Optional.of(Map.of("direction", "download", "path", "/tmp/sample"));
          case "/v1/agent/register" -> Optional.of(registration());
          case "/api/devices" ->
              Optional.of(
                  Map.of("deviceId", tagged(muster.pair("pending")).id(), "action", "approve"));
          case "/api/devices/{id}/execute",
              "/api/devices/execute",
              "/api/device-groups/{id}/execute" ->
              Optional.of(tool());
          case "/api/devices/{id}/remote/start" ->
              Optional.of(Map.of("type", "terminal", "cols", 80, "rows", 24));
          case "/api/devices/{id}/remote/stop" -> Optional.of(Map.of());
          case "/api/device-groups" ->
              Optional.of(Map.of("name", "group-" + number.incrementAndGet()));
          case "/api/login" -> Optional.of(Map.of("username", USER, "password", PASSWORD));
          case PAIR -> Optional.of(Map.of("auto_approve", false));
          case PAIR + "/claim" -> Optional.of(claim());
          case "/api/auth/keys" ->
              Optional.of(
                  Map.of(
                      "name", "made",
                      "role", "viewer",
                      "expires_in_seconds", 60,
                      "scope", "tag:a"));
          case "/api/users" ->
              Optional.of(
                  Map.of(
                      "username",
                      "made-" + number.incrementAndGet(),
                      "password",
                      PASSWORD,
                      "role",
                      "viewer"));
          default -> Optional.empty();
        };
    return route.method() == HttpMethod.POST ? body.map(Samples::json) : Optional.empty();
  }

  private Map<String, ?> change(Route route) {
    if (route.path().startsWith("/api/users/")) {
      return Map.of("password", PASSWORD, "role", "viewer", "disabled", false);
    }
    List<String> tags = List.of("a", "b");
    return route.path().startsWith("/api/")
        ? Map.of("tags", tags, "metadata", Map.of("number", "" + number.incrementAndGet()))
        : Map.of("name", "sample", "tags", tags);
  }

  private Map<String, ?> tool() {
    work();
    return Map.of("tool", "bash", "args", Map.of("command", "true"), "timeout", 5);
  }

  private static Map<String, ?> execution() {
    return Map.of(
        "tool",
        "bash",
        "args",
        Map.of("argv", List.of("true")),
        "timeout_seconds",
        60,
        "ttl_seconds",
        600);
  }

  private Map<String, ?> registration() {
    return Map.of(
        "enrollment_token",
        muster.enrollmentToken(),
        "hardware_id",
        "sample-" + number.incrementAndGet(),
        "hw_kind",
        "server",
        "name",
        "registered",
        "tags",
        List.of("a"),
        "hostname",
        "host",
        "agent_version",
        "0.0.1");
  }

  private Map<String, ?> claim() {
    return Map.of(
        "code",
        newCode().text("code"),
        "hardware_id",
        "sample-" + number.incrementAndGet(),
        "name",
        "paired",
        "tags",
        List.of("a"),
        "capabilities",
        List.of("bash"),
        "hostname",
        "host",
        "agent_version",
        "0.0.1");
  }

  private static ObjectNode json(Map<String, ?> body) {
    return JSON.valueToTree(body);
  }
}
