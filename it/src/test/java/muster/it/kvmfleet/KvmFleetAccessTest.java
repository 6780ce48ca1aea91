package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bearer authentication and the form of errors (F002).
class KvmFleetAccessTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply listWith(String authorization) {
    return muster
        .anonymous()
        .send("GET", "/v1/devices", Optional.empty(), Map.of("Authorization", authorization));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer ", "bearer ", "BEARER ", "bEaReR   "})
  @Tag("F002")
  void list_schemeInAnyCase_isUnderstood(String scheme) {
    listWith(scheme + muster.adminKey()).expect(200);
  }

  @Test
  @Tag("F002")
  void list_withoutCredential_is401InThePagesForm() {
    TestReply reply = muster.anonymous().get("/v1/devices").expect(401);
    assertThat(Fleet.keys(reply.json())).containsExactly("detail", "error", "request_id");
    assertThat(reply.text("error")).isEqualTo("unauthorized");
    assertThat(reply.text("request_id")).isEqualTo(reply.header("X-Request-Id"));
    assertThat(reply.header("Content-Type")).startsWith("application/json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer mk_0000000000000000_0000",
        "Bearer mk__",
        "Basic YTpi",
        "KEY",
        "Token KEY",
        "Bearer KEYx",
        "Bearer x KEY",
      })
  @Tag("F002")
  void list_badCredential_is401(String header) {
    assertThat(listWith(header.replace("KEY", muster.adminKey())).expect(401).text("error"))
        .isEqualTo("unauthorized");
  }

  @Test
  @Tag("F002")
  void list_tokenInTheQuery_isNoCredential() {
    muster.anonymous().get("/v1/devices?token=" + muster.adminKey()).expect(401);
    muster.anonymous().get("/v1/devices?access_token=" + muster.adminKey()).expect(401);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/devices",
    "GET, /v1/devices/dev_abc123",
    "PATCH, /v1/devices/dev_abc123",
    "DELETE, /v1/devices/dev_abc123",
    "POST, /v1/devices/enrollment",
    "GET, /v1/devices/enrollment",
    "DELETE, /v1/devices/enrollment/enr_x",
  })
  @Tag("F002")
  void anyRoute_withoutCredential_is401BeforeAnythingElse(String method, String path) {
    muster
        .anonymous()
        .send(method, path, Optional.of("{ not JSON").filter(b -> !method.equals("GET")), Map.of())
        .expect(401);
  }

  @Test
  @Tag("F002")
  void list_expiredKey_is401() {
    TestClient brief =
        muster.withKey(Map.of("name", "brief", "role", "viewer", "expires_in_seconds", 3600));
    brief.get("/v1/devices").expect(200);
    muster.clock().advance(Duration.ofSeconds(3599));
    brief.get("/v1/devices").expect(200);
    muster.clock().advance(Duration.ofSeconds(1));
    brief.get("/v1/devices").expect(401);
  }

  @Test
  @Tag("F002")
  void list_revokedKey_is401AtOnce() {
    TestReply key =
        muster
            .admin()
            .post("/api/auth/keys", Map.of("name", "revoked", "role", "viewer"))
            .expect(201);
    TestClient client = muster.client(key.text("key"));
    client.get("/v1/devices").expect(200);
    muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);
    client.get("/v1/devices").expect(401);
  }

  @Test
  @Tag("F002")
  void list_sessionOfAUser_isACredentialToo() {
    muster
        .admin()
        .post(
            "/api/users",
            Map.of("username", "anna", "password", "correct horse battery", "role", "viewer"))
        .expect(201);
    String session =
        muster
            .anonymous()
            .post("/api/login", Map.of("username", "anna", "password", "correct horse battery"))
            .expect(200)
            .text("token");
    muster.client(session).get("/v1/devices").expect(200);
    assertThat(muster.client(session).delete("/v1/devices/dev_abc123").expect(403).text("error"))
        .isEqualTo("forbidden");
  }

  @Test
  @Tag("F002")
  void list_device_is403() {
    String token = muster.enroll("machine").token();
    assertThat(muster.client(token).get("/v1/devices").expect(403).text("error"))
        .isEqualTo("forbidden");
  }

  @Test
  @Tag("F002")
  void list_use_isWrittenDownAtTheKey() {
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "used", "role", "viewer")).expect(201);
    muster.client(key.text("key")).get("/v1/devices").expect(200);
    muster.restart(); // the time is written once a minute, and when the server stops
    JsonNode used =
        StreamSupport.stream(
                muster.admin().get("/api/auth/keys").expect(200).at("/keys").spliterator(), false)
            .filter(row -> row.path("id").asText().equals(key.text("id")))
            .findFirst()
            .orElseThrow();
    assertThat(used.path("last_used_at").asText()).endsWith("Z");
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /v1/devices, GET",
    "POST, /v1/devices/dev_abc123, 'DELETE, GET, PATCH'",
    "PUT, /v1/devices/enrollment, 'DELETE, GET, PATCH, POST'",
    "GET, /v1/agent/register, POST",
  })
  @Tag("F002")
  void anyPath_wrongMethod_is405AndSaysWhichAreAllowed(String method, String path, String allowed) {
    TestReply reply = muster.admin().send(method, path, Optional.of("{}"), Map.of());
    assertThat(reply.expect(405).text("error")).isEqualTo("method_not_allowed");
    assertThat(reply.header("Allow").split(", ")).contains(allowed.split(", "));
  }
}
