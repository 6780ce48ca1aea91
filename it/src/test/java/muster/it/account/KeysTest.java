package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply create(Map<String, ?> body) {
    return muster.admin().post("/api/auth/keys", body);
  }

  private static JsonNode listed(String id) {
    for (JsonNode key : muster.admin().get("/api/auth/keys").expect(200).at("keys")) {
      if (key.path("id").asText().equals(id)) {
        return key;
      }
    }
    throw new AssertionError(id + " is not listed");
  }

  @Test
  @DisplayName("F155: a key is shown once, when it is made; the list has everything but the secret")
  void key_isShownOnce() {
    TestReply created =
        create(
                Map.of(
                    "name", "ci",
                    "role", "operator",
                    "expires_in_seconds", 3600,
                    "scope", "tag:prod"))
            .expect(201);
    assertThat(created.text("key")).matches("mk_[0-9a-z]{16}_[0-9a-z]{52}");
    assertThat(created.text("id")).startsWith("key_");

    TestReply list = muster.admin().get("/api/auth/keys").expect(200);
    String secret = created.text("key").substring(created.text("key").lastIndexOf('_') + 1);
    assertThat(list.body()).doesNotContain(secret).doesNotContain("\"key\":");
    assertThat(list.at("total").asInt()).isEqualTo(list.at("keys").size());
    ObjectNode expected = ((ObjectNode) created.json()).without("key");
    assertThat(listed(created.text("id"))).isEqualTo(expected);
    assertThat(expected.path("created_by").asText()).isEqualTo("key:bootstrap");
  }

  @ParameterizedTest
  @CsvSource({
    "viewer, 200, 403, 403",
    "member, 200, 403, 403",
    "operator, 200, 404, 403",
    "admin, 200, 404, 200",
    "owner, 200, 404, 200"
  })
  @DisplayName("F155: a key may do what its role may")
  void role_decides(String role, int list, int update, int keys) {
    TestClient client = muster.withRole(role);
    client.get("/v1/devices").expect(list);
    client.patch("/v1/devices/dev_none", Map.of("name", "x")).expect(update);
    client.get("/api/auth/keys").expect(keys);
  }

  @Test
  @DisplayName("F155: a key is good until it expires, one used a moment before too")
  void key_expires() {
    TestReply created =
        create(Map.of("name", "short", "role", "viewer", "expires_in_seconds", 60)).expect(201);
    TestClient client = muster.client(created.text("key"));
    client.get("/v1/devices").expect(200);
    muster.clock().advance(Duration.ofSeconds(55));
    client.get("/v1/devices").expect(200);
    muster.clock().advance(Duration.ofSeconds(5));
    client.get("/v1/devices").expect(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "315360001", "9223372036854775807", "1.5", "\"60\"", "null"})
  @DisplayName("F155: an impossible life is refused by name")
  void key_impossibleLife_isRefused(String seconds) {
    TestReply reply =
        muster
            .admin()
            .post(
                "/api/auth/keys",
                "{\"name\":\"x\",\"role\":\"viewer\",\"expires_in_seconds\":%s}".formatted(seconds))
            .expect(400);
    assertThat(reply.text("message")).startsWith("expires_in_seconds: ").contains("expected");
  }

  @Test
  @DisplayName("F155: roles, names and scopes that are none are refused by name")
  void key_badFields_areRefused() {
    assertThat(create(Map.of("role", "root")).expect(400).text("message"))
        .isEqualTo("role: \"root\" (expected: viewer, operator, admin or owner)");
    assertThat(create(Map.of("role", "device")).expect(400).text("message")).startsWith("role: ");
    assertThat(create(Map.of("name", "x")).expect(400).text("message")).startsWith("role: ");
    assertThat(create(Map.of("name", " ", "role", "viewer")).expect(400).text("message"))
        .startsWith("name: ");
    assertThat(create(Map.of("name", "a\nb", "role", "viewer")).expect(400).text("message"))
        .startsWith("name: ");
    assertThat(create(Map.of("scope", "colour:red", "role", "viewer")).expect(400).text("message"))
        .contains("scope", "colour");
    assertThat(create(Map.of("scope", "tag:", "role", "viewer")).expect(400).text("message"))
        .contains("scope");
  }

  @Test
  @DisplayName("F155: a deleted key is dead at once, and so is the work it queued")
  void key_deleted_isDead() {
    TestReply created = create(Map.of("name", "temp", "role", "operator")).expect(201);
    TestClient client = muster.client(created.text("key"));
    try (FakeDevice device = muster.enroll("keys-work")) {
      String command = execute(client, device.id()).expect(201).text("id");
      muster.admin().delete("/api/auth/keys/" + created.text("id")).expect(204);
      client.get("/v1/devices").expect(401);
      muster.admin().delete("/api/auth/keys/" + created.text("id")).expect(404);

      device.connect();
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(muster.admin().get("/v1/commands/" + command).text("status"))
                  .isEqualTo("cancelled"));
      assertThat(device.pollExecute(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  @DisplayName("F155: whoever follows a command with a key hears no more once it is deleted")
  void key_deleted_endsWhatItFollows() throws Exception {
    TestReply created = create(Map.of("name", "follower", "role", "operator")).expect(201);
    String device = muster.enroll("keys-follow").id();
    String command = execute(muster.admin(), device).expect(201).text("id");
    HttpRequest request =
        HttpRequest.newBuilder(muster.url().resolve("/v1/commands/" + command + "/output"))
            .header("Authorization", "Bearer " + created.text("key"))
            .build();
    HttpClient client = HttpClient.newHttpClient();
    try {
      HttpResponse<InputStream> stream =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(stream.statusCode()).isEqualTo(200);
      assertThat(new String(stream.body().readNBytes(13), StandardCharsets.UTF_8))
          .isEqualTo("event: status");
      muster.admin().delete("/api/auth/keys/" + created.text("id")).expect(204);
      // Broken off within seconds, not ended as if there were no more.
      assertThat(
              CompletableFuture.supplyAsync(
                  () -> catchThrowable(() -> stream.body().readAllBytes())))
          .succeedsWithin(Duration.ofSeconds(10))
          .isInstanceOf(IOException.class);
    } finally {
      client.shutdownNow(); // close() would wait for a stream that goes on
    }
  }

  @Test
  @DisplayName("F155: an administrator makes no owner's key and deletes none")
  void admin_cannotTouchOwnersKeys() {
    TestClient admin = muster.withRole("admin");
    TestReply refused =
        admin.post("/api/auth/keys", Map.of("name", "up", "role", "owner")).expect(403);
    assertThat(refused.text("message")).startsWith("role: owner").contains("admin");
    admin.post("/api/auth/keys", Map.of("name", "level", "role", "admin")).expect(201);
    String bootstrap = muster.admin().get("/api/auth/keys").at("keys").get(0).path("id").asText();
    admin.delete("/api/auth/keys/" + bootstrap).expect(403);
    muster.admin().get("/api/me").expect(200);
  }

  @Test
  @DisplayName("F155: when a key was last used stands in the list")
  void key_used_showsWhen() {
    try (TestMuster own = TestMuster.start()) {
      TestReply created =
          own.admin().post("/api/auth/keys", Map.of("name", "seen", "role", "viewer")).expect(201);
      assertThat(created.at("last_used_at").isNull()).isTrue();
      own.client(created.text("key")).get("/v1/devices").expect(200);
      own.restart(); // what is known is written down once a minute, and at the end
      JsonNode key = own.admin().get("/api/auth/keys").expect(200).at("keys").get(1);
      assertThat(key.path("id").asText()).isEqualTo(created.text("id"));
      assertThat(key.path("last_used_at").asText()).matches("\\d{4}-.*Z");
    }
  }

  private static TestReply execute(TestClient client, String device) {
    return client.post(
        "/v1/devices/" + device + "/commands",
        Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))));
  }

  /// Two devices, and keys that see one of them. The tag is of this fence alone.
  private static final class Fence {
    private static int fences;

    private final String tag = "fence-" + ++fences;
    private final String inside = tagged("inside-" + tag, tag);
    private final String outside = tagged("outside-" + tag, "elsewhere");
    private final String insideCommand = execute(muster.admin(), inside).expect(201).text("id");
    private final String outsideCommand = execute(muster.admin(), outside).expect(201).text("id");

    private static String tagged(String name, String tag) {
      String id = muster.enroll(name).id();
      muster.admin().patch("/v1/devices/" + id, Map.of("tags", List.of(tag))).expect(200);
      return id;
    }

    private TestClient key(String role) {
      return muster.withKey(Map.of("name", tag, "role", role, "scope", "tag:" + tag));
    }
  }

  /// The answer with the id it speaks of taken out, and without the request's own id.
  private static String faceless(TestReply reply, String id) {
    ObjectNode json = (ObjectNode) reply.json();
    json.remove("request_id");
    return reply.status() + " " + json.toString().replace(id, "ID");
  }

  @Test
  @DisplayName("F155: what lies outside a key's scope is answered exactly like what is not there")
  void scope_outsideAnswersLikeUnknown() {
    Fence fence = new Fence();
    TestClient scoped = fence.key("admin");
    String noDevice = "dev_0000000000000000";
    String noCommand = "exec_0000000000000000";

    record Attempt(String method, String path, String outside, String unknown, String body) {}
    String command = "{\"tool\":\"bash\",\"args\":{\"argv\":[\"true\"]}}";
    List<Attempt> attempts =
        List.of(
            new Attempt("GET", "/v1/devices/%s", fence.outside, noDevice, ""),
            new Attempt("PATCH", "/v1/devices/%s", fence.outside, noDevice, "{\"name\":\"x\"}"),
            new Attempt("DELETE", "/v1/devices/%s", fence.outside, noDevice, ""),
            new Attempt("POST", "/v1/devices/%s/commands", fence.outside, noDevice, command),
            new Attempt("GET", "/v1/commands/%s", fence.outsideCommand, noCommand, ""),
            new Attempt("POST", "/v1/commands/%s/cancel", fence.outsideCommand, noCommand, ""),
            new Attempt("GET", "/v1/commands/%s/output", fence.outsideCommand, noCommand, ""),
            new Attempt("GET", "/v1/commands?device=%s", fence.outside, noDevice, ""),
            new Attempt("GET", "/v1/commands?cursor=%s", fence.outsideCommand, noCommand, ""));
    for (Attempt attempt : attempts) {
      TestReply outside = send(scoped, attempt.method, attempt.path, attempt.outside, attempt.body);
      TestReply unknown = send(scoped, attempt.method, attempt.path, attempt.unknown, attempt.body);
      assertThat(faceless(outside, attempt.outside))
          .as("%s %s", attempt.method, attempt.path)
          .isEqualTo(faceless(unknown, attempt.unknown));
      assertThat(outside.status()).isNotEqualTo(403);
    }
    // Nothing of it happened.
    assertThat(muster.admin().get("/v1/devices/" + fence.outside).expect(200).text("name"))
        .isEqualTo("outside-" + fence.tag);
    assertThat(muster.admin().get("/v1/commands/" + fence.outsideCommand).text("status"))
        .isEqualTo("queued");
  }

  private static TestReply send(
      TestClient client, String method, String path, String id, String body) {
    return client.send(
        method, path.formatted(id), Optional.of(body).filter(text -> !text.isEmpty()), Map.of());
  }

  @Test
  @DisplayName("F155: lists, counts and searches of a scoped key never include what lies outside")
  void scope_listsAndCounts() {
    Fence fence = new Fence();
    TestClient scoped = fence.key("admin");
    for (String query :
        List.of(
            "",
            "?limit=10",
            "?filter=name:*fence*",
            "?filter=NOT%20tag:x%20OR%20tag:x",
            "?search=side-",
            "?status=online&status=offline",
            "?order_by=name%20DESC")) {
      assertThat(scoped.get("/v1/devices" + query).expect(200).at("devices"))
          .as(query)
          .extracting(device -> device.path("id").asText())
          .containsExactly(fence.inside);
    }
    assertThat(scoped.get("/v1/devices?filter=tag:elsewhere").expect(200).at("devices")).isEmpty();
    assertThat(scoped.get("/v1/server").expect(200).at("devices").asInt()).isEqualTo(1);
    for (String query : List.of("", "?limit=1", "?status=queued")) {
      assertThat(scoped.get("/v1/commands" + query).expect(200).at("commands"))
          .as(query)
          .extracting(command -> command.path("id").asText())
          .containsExactly(fence.insideCommand);
    }
    scoped.get("/v1/devices/" + fence.inside).expect(200);
    execute(scoped, fence.inside).expect(201);
  }

  @Test
  @DisplayName("F155: a scoped key can't move a device across its fence")
  void scope_isNoGate() {
    Fence fence = new Fence();
    TestClient scoped = fence.key("operator");
    scoped.patch("/v1/devices/" + fence.inside, Map.of("tags", List.of("lab"))).expect(403);
    scoped
        .patch("/v1/devices/" + fence.inside, Map.of("tags", List.of(fence.tag, "eu")))
        .expect(200);
    // Somebody else moves it: from then on it is not there.
    muster.admin().patch("/v1/devices/" + fence.inside, Map.of("tags", List.of("lab"))).expect(200);
    scoped.get("/v1/devices/" + fence.inside).expect(404);
  }

  @Test
  @DisplayName("F155: a scoped key has no part in what is not about single devices")
  void scope_noKeysNoUsersNoAudit() {
    Fence fence = new Fence();
    TestClient scoped = fence.key("owner");
    Map<String, String> user = new HashMap<>();
    user.put("username", "mole");
    user.put("password", "long enough a password");
    user.put("role", "owner");
    scoped.post("/api/auth/keys", Map.of("name", "x", "role", "viewer")).expect(403);
    scoped.get("/api/auth/keys").expect(403);
    scoped.delete("/api/auth/keys/key_x").expect(403);
    scoped.post("/api/users", user).expect(403);
    scoped.get("/api/users").expect(403);
    scoped.get("/v1/audit").expect(403);
    scoped.get("/v1/audit/verify").expect(403);
    scoped.post("/v1/devices/enrollment", Map.of()).expect(403);
    scoped.get("/v1/devices/enrollment").expect(403);
    scoped.get("/metrics").expect(403); // it counts all devices and all requests
    assertThat(scoped.get("/api/me").expect(200).text("scope")).isEqualTo("tag:" + fence.tag);
  }
}
