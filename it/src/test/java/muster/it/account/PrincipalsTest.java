package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/// Who somebody is outlives their name, and somebody always remains in charge.
class PrincipalsTest {
  private static final String PASSWORD = "correct horse";

  /// The common pool has one thread where there are two processors.
  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private JsonNode user(String name, String role) {
    return muster
        .admin()
        .post("/api/users", Map.of("username", name, "password", PASSWORD, "role", role))
        .expect(201)
        .json();
  }

  private TestClient session(String name) {
    return muster.client(
        muster
            .anonymous()
            .post("/api/login", Map.of("username", name, "password", PASSWORD))
            .expect(200)
            .text("token"));
  }

  @Test
  @DisplayName("CVE-2016-9639: who is made under a deleted user's name is somebody else")
  void sameNameAgain_isAnotherPrincipal() {
    try (FakeDevice device = muster.enroll("web-1")) {
      JsonNode first = user("anna", "operator");
      TestClient old = session("anna");
      String commands = "/v1/devices/" + device.id() + "/commands";
      Map<String, String> key = Map.of("Idempotency-Key", "deploy-1");
      String body = "{\"tool\":\"bash\",\"args\":{\"argv\":[\"true\"]}}";
      TestReply queued = old.send("POST", commands, Optional.of(body), key).expect(201);

      muster.admin().delete("/api/users/anna").expect(204);
      JsonNode second = user("anna", "operator");
      assertThat(second.path("id").asText())
          .startsWith("usr_")
          .isNotEqualTo(first.path("id").asText());
      old.get("/api/me").expect(401);

      // What the first one queued has nobody behind it any more, and is not handed out.
      device.connect();
      String id = queued.text("id");
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(muster.admin().get("/v1/commands/" + id).expect(200).text("status"))
                  .isEqualTo("cancelled"));

      // The second one's same idempotency key is its own.
      TestReply again = session("anna").send("POST", commands, Optional.of(body), key).expect(201);
      assertThat(again.text("id")).isNotEqualTo(id);

      // In the log the name reads the same; who it was does not.
      JsonNode executed =
          muster.admin().get("/v1/audit?actor=user:anna&action=command.execute").at("entries");
      assertThat(executed.findValuesAsText("actor")).containsExactly("user:anna", "user:anna");
      assertThat(executed.findValuesAsText("actor_id"))
          .containsExactly(
              "user:" + second.path("id").asText(), "user:" + first.path("id").asText());
      assertThat(
              muster
                  .admin()
                  .get("/v1/audit?actor=user:" + first.path("id").asText())
                  .at("entries")
                  .findValuesAsText("action"))
          .containsExactly("command.execute", "login");
    }
  }

  @Test
  void disabledUser_staysSo_whateverElseChanges() {
    user("anna", "viewer");
    muster.admin().patch("/api/users/anna", Map.of("disabled", true)).expect(200);
    TestReply changed = muster.admin().patch("/api/users/anna", Map.of("role", "operator"));
    assertThat(changed.expect(200).at("disabled").asBoolean()).isTrue();
    JsonNode row = muster.admin().get("/v1/audit?target=anna&limit=1").at("/entries/0/detail");
    assertThat(row.path("disabled").asText()).isEqualTo("true");
  }

  @Test
  void deletingKeys_touchesNoOtherCredential() {
    user("anna", "viewer");
    TestClient anna = session("anna");
    String session = "ses_" + anna.token().split("_")[1];
    muster.admin().delete("/api/auth/keys/" + session).expect(404);
    anna.get("/api/me").expect(200);
    try (FakeDevice device = muster.enroll("web-1")) {
      String credential = "agt_" + device.token().split("_")[1];
      muster.admin().delete("/api/auth/keys/" + credential).expect(404);
      device.connect();
    }
  }

  @Test
  void toolTheDeviceLacks_isNotAccepted() {
    try (FakeDevice device = muster.enroll("web-1").connect()) {
      assertThat(
              muster
                  .admin()
                  .post(
                      "/v1/devices/" + device.id() + "/commands",
                      Map.of("tool", "reboot", "args", Map.of()))
                  .expect(409)
                  .text("detail"))
          .contains("one this device has");
      assertThat(muster.admin().get("/v1/commands").at("commands")).isEmpty();
    }
  }

  @Test
  void withoutTheRight_nothingElseIsLookedAt() {
    TestClient viewer = muster.withRole("viewer");
    TestClient admin = muster.withRole("admin");
    viewer.post("/api/auth/keys", Map.of("name", "", "role", "viewer")).expect(403);
    admin.post("/api/auth/keys", Map.of("name", "", "role", "owner")).expect(403);
    viewer.delete("/api/auth/keys/key_unknown").expect(403);
    Map<String, String> bad = Map.of("username", "Not good", "password", "short");
    viewer.post("/api/users", bad).expect(403);
    admin
        .post("/api/users", Map.of("username", "b", "password", "short", "role", "owner"))
        .expect(403);
    viewer.patch("/api/users/nobody", Map.of("password", "short")).expect(403);
    admin.patch("/api/users/nobody", Map.of("role", "owner")).expect(403);
    viewer.delete("/api/users/nobody").expect(403);
  }

  @Test
  void keyExpired_whatItQueuedIsNotHandedOut() {
    TestClient key =
        muster.withKey(Map.of("name", "brief", "role", "operator", "expires_in_seconds", 60));
    try (FakeDevice device = muster.enroll("web-1")) {
      String id =
          key.post(
                  "/v1/devices/" + device.id() + "/commands",
                  Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
              .expect(201)
              .text("id");
      muster.clock().advance(Duration.ofSeconds(61));
      device.connect();
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(muster.admin().get("/v1/commands/" + id).expect(200).text("status"))
                  .isEqualTo("cancelled"));
    }
  }

  @Test
  @DisplayName("23: whoever loses a right hears no more of what they follow, within seconds")
  void changedUser_losesOpenStreams() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    try (FakeDevice device = muster.enroll("web-1")) {
      String command =
          muster
              .admin()
              .post(
                  "/v1/devices/" + device.id() + "/commands",
                  Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
              .expect(201)
              .text("id");
      Map<String, Consumer<String>> changes =
          Map.of(
              "disabled", name -> change(name, Map.of("disabled", true)),
              "demoted", name -> change(name, Map.of("role", "viewer")),
              "password", name -> change(name, Map.of("password", "another password")),
              "deleted", name -> muster.admin().delete("/api/users/" + name).expect(204));
      Map<String, CompletableFuture<Throwable>> streams = new HashMap<>();
      for (String name : changes.keySet()) {
        user(name, "operator");
        InputStream body = follow(client, session(name), command);
        streams.put(
            name, CompletableFuture.supplyAsync(() -> catchThrowable(body::readAllBytes), THREADS));
      }
      changes.forEach((name, change) -> change.accept(name));
      // Broken off, not ended as if there were no more.
      streams.forEach((name, end) ->
          assertThat(end)
              .as(name)
              .succeedsWithin(Duration.ofSeconds(15))
              .isInstanceOf(IOException.class));
    } finally {
      client.shutdownNow(); // close() would wait for a stream that goes on
    }
  }

  private void change(String name, Map<String, ?> change) {
    muster.admin().patch("/api/users/" + name, change).expect(200);
  }

  private InputStream follow(HttpClient client, TestClient caller, String command)
      throws Exception {
    HttpResponse<InputStream> stream =
        client.send(
            HttpRequest.newBuilder(muster.url().resolve("/v1/commands/" + command + "/output"))
                .header("Authorization", "Bearer " + caller.token())
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    assertThat(new String(stream.body().readNBytes(13), StandardCharsets.UTF_8))
        .isEqualTo("event: status");
    return stream.body();
  }

  @RepeatedTest(5)
  @DisplayName("49: of two owners who demote each other at once, one stays owner")
  void ownersDemotingEachOther_oneStays() throws Exception {
    user("anna", "owner");
    user("bert", "owner");
    TestClient anna = session("anna");
    TestClient bert = session("bert");
    // No key is left: the two are all there is.
    String bootstrap = muster.admin().get("/api/auth/keys").text("/keys/0/id");
    anna.delete("/api/auth/keys/" + bootstrap).expect(204);

    CyclicBarrier together = new CyclicBarrier(2);
    CompletableFuture<TestReply> byAnna =
        racing(together, () -> anna.patch("/api/users/bert", Map.of("role", "viewer")));
    CompletableFuture<TestReply> byBert =
        racing(together, () -> bert.patch("/api/users/anna", Map.of("role", "viewer")));
    List<Integer> statuses =
        List.of(
            byAnna.get(60, TimeUnit.SECONDS).status(), byBert.get(60, TimeUnit.SECONDS).status());

    // The loser is no owner any more, or has no session any more, depending on when it looks.
    assertThat(statuses).containsOnlyOnce(200).containsAnyOf(401, 403);
    TestClient winner = statuses.getFirst() == 200 ? anna : bert;
    assertThat(winner.get("/api/users").expect(200).at("users").findValuesAsText("role"))
        .containsExactlyInAnyOrder("owner", "viewer");
  }

  private static CompletableFuture<TestReply> racing(
      CyclicBarrier together, Supplier<TestReply> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            together.await(60, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return call.get();
        },
        THREADS);
  }

  @Test
  void lastOwner_cannotBeTakenAway() {
    String bootstrap = muster.admin().get("/api/auth/keys").text("/keys/0/id");
    TestReply refused = muster.admin().delete("/api/auth/keys/" + bootstrap).expect(409);
    assertThat(refused.text("message")).contains("nobody would be left with the role owner");

    user("anna", "owner");
    // Neither of these two could make an owner: one is fenced in, one is an admin.
    muster.withKey(Map.of("name", "fenced", "role", "owner", "scope", "tag:prod"));
    muster.withRole("admin");
    muster.withKey(Map.of("name", "gone", "role", "owner", "expires_in_seconds", 1));
    muster.clock().advance(Duration.ofSeconds(2));
    TestClient anna = session("anna");
    anna.delete("/api/auth/keys/" + bootstrap).expect(204);
    anna.patch("/api/users/anna", Map.of("role", "admin")).expect(409);
    anna.patch("/api/users/anna", Map.of("disabled", true)).expect(409);
    anna.delete("/api/users/anna").expect(409);
    assertThat(anna.get("/api/me").expect(200).text("role")).isEqualTo("owner");
    // Nothing of what was refused is on record as done.
    assertThat(anna.get("/v1/audit?target=anna").at("entries").findValuesAsText("action"))
        .containsExactly("login", "user.create");

    user(anna, "bert");
    anna.delete("/api/users/anna").expect(204);
  }

  private static void user(TestClient owner, String name) {
    owner
        .post("/api/users", Map.of("username", name, "password", PASSWORD, "role", "owner"))
        .expect(201);
  }
}
