package muster.it.hostile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;

/// For every route that reads a body a good one.
final class SampleBodies {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String CSR =
      """
      -----BEGIN CERTIFICATE REQUEST-----
      MIHLMHMCAQAwETEPMA0GA1UEAwwGc2FtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D
      AQcDQgAE6/qgLwPwRZNBeSw+uVFYaJuUpqg2QK+grIxX+eiW1eV/1pX5lREYU0cI
      /jQkH/PejsujRWMP3qpEGNeRWSdTWaAAMAoGCCqGSM49BAMCA0gAMEUCICWMIY42
      50zvaMoLj8p4MvGboJb0FHctPrwbrvwwzcgMAiEA/tS0gGwwlL4quLSp1+MQWl0C
      SnE5JW85k/aASfTGbeg=
      -----END CERTIFICATE REQUEST-----
      """;

  /// What files are whose content matters.
  static final String FILE = "{\"a\":\"file\"}";

  private final SampleThings things;

  SampleBodies(SampleThings things) {
    this.things = things;
  }

  /// A body that the route takes; absent for routes that read none.
  Optional<ObjectNode> of(Route route) {
    if (route.path().equals("/v1/binaries") || route.path().equals("/v1/uploads/{upload}")) {
      return route.streamsBody() ? Optional.of(json(Map.of("a", "file"))) : Optional.empty();
    }
    if (route.streamsBody()) {
      return Optional.empty(); // anything is a good one
    }
    if (route.method() == HttpMethod.PUT) {
      return Optional.of(json(Map.of("device_id", things.worker().id(), "fallback", true)));
    }
    if (route.method() == HttpMethod.PATCH) {
      return Optional.of(json(change(route)));
    }
    Optional<Map<String, ?>> body =
        switch (route.path()) {
          case "/v1/devices/enrollment" ->
              Optional.of(Map.of("suggested_name", "next", "suggested_tags", List.of("a")));
          case "/api/agents" -> Optional.of(Map.of("label", "made", "tags", List.of("a")));
          case Samples.DEPLOY -> Optional.of(deployment());
          case "/v1/devices/{id}/commands" -> Optional.of(execution());
          case "/v1/devices/{id}/transfers" ->
              Optional.of(Map.of("direction", "download", "path", "/opt/sample"));
          case "/api/agents/{id}/commands" ->
              Optional.of(
                  Map.of("type", "shell", "params", Map.of("command", "true", "timeout", 5)));
          case "/api/agents/{id}/report" ->
              Optional.of(
                  Map.of("hostname", "host", "os", "Debian", "cpu_percent", 12.4, "uptime_s", 1));
          case "/v1/agent/register" -> Optional.of(registration());
          case "/v1/device/certificate" -> Optional.of(Map.of("csr", CSR));
          case "/api/devices" ->
              Optional.of(
                  Map.of(
                      "deviceId",
                      things.tagged(things.muster.pair("pending")).id(),
                      "action",
                      "approve"));
          case "/api/devices/{id}/execute",
              "/api/devices/execute",
              "/api/device-groups/{id}/execute" ->
              Optional.of(work());
          case "/api/devices/{id}/remote/start" ->
              Optional.of(Map.of("type", "terminal", "cols", 80, "rows", 24));
          case "/api/devices/{id}/remote/stop" -> Optional.of(Map.of());
          case "/v1/uploads" -> Optional.of(upload("begun-" + things.next()));
          case "/api/device-groups" -> Optional.of(Map.of("name", "group-" + things.next()));
          case "/v1/jwt" -> Optional.of(Map.of("ttl_seconds", 60));
          case "/api/login" ->
              Optional.of(Map.of("username", SampleThings.USER, "password", SampleThings.PASSWORD));
          case Samples.PAIR -> Optional.of(Map.of("auto_approve", false));
          case Samples.PAIR + "/claim" -> Optional.of(claim());
          case "/api/auth/keys" ->
              Optional.of(
                  Map.of(
                      "name", "made",
                      "role", "viewer",
                      "expires_in_seconds", 60,
                      "scope", "tag:a"));
          case "/api/webhooks" -> Optional.of(webhook());
          case "/api/users" ->
              Optional.of(
                  Map.of(
                      "username",
                      "made-" + things.next(),
                      "password",
                      SampleThings.PASSWORD,
                      "role",
                      "viewer"));
          default -> Optional.empty();
        };
    return route.method() == HttpMethod.POST ? body.map(SampleBodies::json) : Optional.empty();
  }

  /// Nobody listens there.
  static Map<String, ?> webhook() {
    return Map.of(
        "url", "http://127.0.0.1:9/hook",
        "events", List.of("device.denied"),
        "retry", Map.of("max_attempts", 1));
  }

  private Map<String, ?> change(Route route) {
    if (route.path().startsWith("/api/webhooks/")) {
      return Map.of("description", "number " + things.next());
    }
    if (route.path().startsWith("/api/users/")) {
      return Map.of("password", SampleThings.PASSWORD, "role", "viewer", "disabled", false);
    }
    List<String> tags = List.of("a", "b");
    return route.path().startsWith("/api/")
        ? Map.of("tags", tags, "metadata", Map.of("number", "" + things.next()))
        : Map.of("name", "sample", "tags", tags);
  }

  private Map<String, ?> work() {
    things.worker();
    return tool();
  }

  static Map<String, ?> tool() {
    return Map.of("tool", "bash", "args", Map.of("command", "true"), "timeout", 5);
  }

  static Map<String, ?> upload(String name) {
    return Map.of(
        "name",
        name,
        "version",
        "1",
        "platform",
        "linux",
        "architecture",
        "arm64",
        "metadata",
        Map.of("number", "1"),
        "content_type",
        "application/octet-stream",
        "size_bytes",
        FILE.length());
  }

  static Map<String, ?> execution() {
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

  /// As good as it gets without a machine: its key is not there.
  private static Map<String, ?> deployment() {
    return Map.of(
        "host",
        "127.0.0.1",
        "ssh_user",
        "root",
        "ssh_port",
        22,
        "ssh_key",
        "missing",
        "label",
        "deployed",
        "tags",
        List.of("a"),
        "replace",
        false);
  }

  private Map<String, ?> registration() {
    return Map.of(
        "enrollment_token",
        things.muster.enrollmentToken(),
        "hardware_id",
        "sample-" + things.next(),
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
        things.newCode().text("code"),
        "hardware_id",
        "sample-" + things.next(),
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

  static ObjectNode json(Map<String, ?> body) {
    return JSON.valueToTree(body);
  }
}
