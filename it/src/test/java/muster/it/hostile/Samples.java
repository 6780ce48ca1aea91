package muster.it.hostile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;

/// A good request for every route, to be spoiled by the tests: what its path names is there, and
/// its body is right.
final class Samples {
  private static final String PASSWORD = "a password for samples";

  /// Who logs in, and who is changed: then the password is another.
  private static final String USER = "sample";

  private static final String CHANGED = "changed";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestMuster muster;
  private final AtomicInteger number = new AtomicInteger();
  private final FakeDevice machine;
  private final String device;
  private final String command;
  private final String key;

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
    for (String user : List.of(USER, CHANGED)) {
      muster
          .admin()
          .post("/api/users", Map.of("username", user, "password", PASSWORD, "role", "viewer"))
          .expect(201);
    }
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
    return filled(
        route.path(),
        route.path().startsWith("/v1/commands/")
            ? command
            : route.path().startsWith("/api/auth/keys/")
                ? key
                : route.path().startsWith("/api/users/") ? CHANGED : device);
  }

  /// The route's path with `id` for what it names.
  static String filled(String path, String id) {
    return path.replaceAll("\\{[a-z]+}", id);
  }

  static boolean namesSomething(Route route) {
    return route.path().contains("{");
  }

  private String openEnrollment() {
    return muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200).text("id");
  }

  static boolean isWrite(Route route) {
    return route.method() != HttpMethod.GET;
  }

  /// A body that the route takes; absent for routes that read none.
  Optional<ObjectNode> body(Route route) {
    if (route.method() == HttpMethod.PATCH) {
      return Optional.of(
          json(
              route.path().startsWith("/api/")
                  ? Map.of("password", PASSWORD, "role", "viewer", "disabled", false)
                  : Map.of("name", "sample", "tags", List.of("a", "b"))));
    }
    Optional<Map<String, ?>> body =
        switch (route.path()) {
          case "/v1/devices/enrollment" ->
              Optional.of(Map.of("suggested_name", "next", "suggested_tags", List.of("a")));
          case "/v1/devices/{id}/commands" -> Optional.of(execution());
          case "/v1/agent/register" -> Optional.of(registration());
          case "/api/login" -> Optional.of(Map.of("username", USER, "password", PASSWORD));
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

  private static ObjectNode json(Map<String, ?> body) {
    return JSON.valueToTree(body);
  }
}
