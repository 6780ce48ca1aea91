package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Who asks too often is told so and when to come back, on every surface; nobody else notices. The
/// clock stands, so that no bucket fills by itself.
class RateLimitTest {
  private static final List<String> HEADERS =
      List.of(
          "x-ratelimit-limit",
          "x-ratelimit-remaining",
          "x-ratelimit-reset",
          "ratelimit",
          "ratelimit-policy");

  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start(config -> config.withLimits(Limits.defaults()));
    muster.clock().hold();
  }

  @AfterEach
  void stop() {
    muster.clock().goOn();
    muster.close();
  }

  /// Checks the headers of a reply against each other and the clock.
  private TestReply told(TestReply reply, String tier, int limit, int window) {
    String what = reply.request() + " " + reply.status() + " " + reply.headers().map();
    assertThat(reply.header("x-ratelimit-limit")).as(what).isEqualTo(Integer.toString(limit));
    int remaining = Integer.parseInt(reply.header("x-ratelimit-remaining"));
    assertThat(remaining).as(what).isBetween(0, limit);
    long reset = Long.parseLong(reply.header("x-ratelimit-reset"));
    Instant now = muster.clock().instant();
    assertThat(reset).as(what).isBetween(now.getEpochSecond(), now.getEpochSecond() + 61);
    assertThat(reply.header("ratelimit-policy"))
        .as(what)
        .isEqualTo("\"%s\";q=%d;w=%d".formatted(tier, limit, window));
    assertThat(reply.header("ratelimit"))
        .as(what)
        .matches("\"%s\";r=%d;t=\\d+".formatted(tier, remaining));
    return reply;
  }

  private TestReply refused(TestReply reply) {
    reply.expect(429);
    assertThat(reply.text("error")).isEqualTo("too_many_requests");
    assertThat(Integer.parseInt(reply.header("retry-after"))).isBetween(1, 60);
    return reply;
  }

  @Test
  @DisplayName("F087: every answer says how the caller stands, whatever its status")
  void everyAnswer_hasTheHeaders() {
    TestClient viewer = muster.withRole("viewer");
    told(viewer.get("/v1/devices").expect(200), "authenticated", 100, 1);
    told(viewer.get("/v1/devices/dev_0000000000000000").expect(404), "authenticated", 100, 1);
    told(viewer.get("/v1/devices?limit=0").expect(400), "authenticated", 100, 1);
    told(viewer.delete("/v1/devices/dev_0000000000000000").expect(403), "authenticated", 100, 1);
    told(muster.anonymous().get("/v1/devices").expect(401), "anonymous", 10, 1);
    told(muster.client("garbage").get("/v1/devices").expect(401), "anonymous", 10, 1);
    told(muster.anonymous().get("/nowhere").expect(404), "anonymous", 10, 1);
    told(muster.anonymous().post("/healthz", Map.of()).expect(405), "anonymous", 10, 1);
    told(muster.anonymous().get("/healthz").expect(200), "anonymous", 10, 1);
    told(muster.anonymous().get("/readyz").expect(200), "anonymous", 10, 1);
    told(muster.anonymous().post("/api/login", Map.of()).expect(400), "anonymous", 10, 1);
    told(muster.anonymous().get("/device/ws").expect(401), "anonymous", 10, 1);
    told(
        muster
            .anonymous()
            .post("/v1/agent/register", Map.of("enrollment_token", "x", "hardware_id", "hw"))
            .expect(401),
        "device",
        10,
        60);
  }

  @Test
  @DisplayName("F083: a stranger has 10 a second and twice of it at once; others do not notice")
  void strangers_haveTenASecond() {
    for (int i = 0; i < 20; i++) {
      assertThat(muster.anonymous().get(i % 2 == 0 ? "/nowhere" : "/v1/devices").status())
          .isIn(401, 404);
    }
    TestReply reply = refused(told(muster.anonymous().get("/nowhere"), "anonymous", 10, 1));
    assertThat(reply.header("x-ratelimit-remaining")).isEqualTo("0");
    refused(muster.anonymous().get("/install/ca.pem"));
    refused(muster.anonymous().post("/api/login", Map.of("username", "a", "password", "b")));
    refused(muster.admin().post("/api/login", Map.of("username", "a", "password", "b")));

    muster.anonymous().get("/healthz").expect(200);
    muster.withRole("viewer").get("/v1/devices").expect(200);
    try (RawConnection elsewhere = RawConnection.from("127.0.0.2", muster)) {
      elsewhere.send("GET /nowhere HTTP/1.1\r\nHost: muster\r\n\r\n");
      assertThat(elsewhere.answer().status()).isEqualTo(404);
    }

    muster.clock().advance(Duration.ofMillis(100));
    muster.anonymous().get("/nowhere").expect(404);
    refused(muster.anonymous().get("/nowhere"));
    muster.clock().advance(Duration.ofSeconds(2));
    muster.anonymous().get("/nowhere").expect(404);
  }

  @Test
  @DisplayName("F084: a key has 100 a second and twice of it at once, by itself")
  void keys_haveAHundredASecond() {
    TestClient viewer = muster.withRole("viewer");
    for (int i = 0; i < 200; i++) {
      told(viewer.get("/api/me").expect(200), "authenticated", 100, 1);
    }
    refused(told(viewer.get("/api/me"), "authenticated", 100, 1));
    refused(viewer.get("/v1/devices"));
    muster.withRole("viewer").get("/api/me").expect(200);
    muster.clock().advance(Duration.ofMillis(10));
    viewer.get("/api/me").expect(200);
    refused(viewer.get("/api/me"));
  }

  @Test
  @DisplayName("F086: admins and owners are without a limit, and are told none")
  void admins_areWithoutALimit() {
    TestClient admin = muster.withRole("admin");
    for (int i = 0; i < 300; i++) {
      TestReply reply = (i % 2 == 0 ? admin : muster.admin()).get("/api/me").expect(200);
      HEADERS.forEach(name -> assertThat(reply.header(name)).as(name).isEmpty());
    }
  }

  @Test
  @DisplayName("F085: a device may connect ten times a minute; its frames do not count")
  void devices_mayConnectTenTimesAMinute() throws Exception {
    FakeDevice device = muster.enroll("often");
    for (int i = 0; i < 10; i++) {
      device.connect();
      for (int beat = 0; beat < 20; beat++) {
        device.health(1.0, 2.0);
      }
      device.close();
    }
    assertThatThrownBy(device::open)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refusal -> {
              assertThat(refusal.getResponse().statusCode()).isEqualTo(429);
              assertThat(refusal.getResponse().headers().firstValue("retry-after")).contains("6");
            });
    muster.enroll("another").connect().close();
    muster.clock().advance(Duration.ofSeconds(6));
    device.connect().close();
  }

  @Test
  @DisplayName("trust 25: whoever tries tokens is stopped before the store is asked")
  void guesses_areStopped() {
    TestClient owner = muster.admin();
    owner.get("/api/me").expect(200); // remembered from now on
    for (int i = 0; i < 30; i++) {
      muster.client("mk_guess_" + i).get("/api/me").expect(401);
      muster.clock().advance(Duration.ofMillis(40)); // or the strangers' limit comes first
    }
    TestReply reply = refused(muster.client("mk_guess_x").get("/api/me"));
    assertThat(reply.body()).contains("unknown credentials");
    refused(muster.client("agt_guess_x").get("/device/ws"));
    owner.get("/api/me").expect(200);
    try (RawConnection elsewhere = RawConnection.from("127.0.0.2", muster)) {
      elsewhere.send(
          "GET /api/me HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer mk_guess_x\r\n\r\n");
      assertThat(elsewhere.answer().status()).isEqualTo(401);
    }
    muster.clock().advance(Duration.ofSeconds(Integer.parseInt(reply.header("retry-after"))));
    muster.client("mk_guess_y").get("/api/me").expect(401);
  }

  @Test
  @DisplayName("trust 19: enrolment tokens can't be tried either")
  void enrolmentTokens_cannotBeTried() {
    String good = muster.enrollmentToken();
    for (int i = 0; i < 60; i++) {
      register("ekvent_guess_" + i, "hw-" + i).expect(401);
    }
    refused(register(good, "hw-good"));
    muster.clock().advance(Duration.ofSeconds(2));
    register(good, "hw-good").expect(200);
  }

  private TestReply register(String token, String hardware) {
    return muster
        .anonymous()
        .post("/v1/agent/register", Map.of("enrollment_token", token, "hardware_id", hardware));
  }

  @Test
  @DisplayName("F085: a fleet behind one address may join at any speed, one machine may not")
  void registrations_areCountedByMachine() {
    for (int i = 0; i < 100; i++) {
      register(muster.enrollmentToken(), "hw-" + i).expect(200);
    }
    String token = muster.enrollmentToken();
    for (int i = 0; i < 10; i++) {
      register(token, "hw-same").expect(200);
    }
    refused(told(register(token, "hw-same"), "device", 10, 60));
  }

  @Test
  @DisplayName("trust 43: the bypass is for who has the permission, and on record either way")
  void bypass_needsThePermission() {
    TestClient viewer = muster.withRole("viewer");
    TestClient scoped =
        muster.withKey(Map.of("name", "fenced", "role", "admin", "scope", "tag:prod"));
    TestClient admin = muster.withRole("admin");
    for (int i = 0; i < 200; i++) {
      bypass(viewer).expect(200);
    }
    refused(told(bypass(viewer), "authenticated", 100, 1));
    bypass(scoped).expect(200);
    bypass(admin).expect(200);
    assertThat(recorded("key:viewer")).hasSize(10).containsOnly("denied");
    assertThat(recorded("key:fenced")).containsExactly("denied");
    assertThat(recorded("key:admin")).containsExactly("ok");
  }

  private static TestReply bypass(TestClient client) {
    return client.send("GET", "/api/me", Optional.empty(), Map.of("X-Bypass-Rate-Limit", "true"));
  }

  private List<String> recorded(String actor) {
    return muster
        .admin()
        .get("/v1/audit?action=ratelimit.bypass&limit=1000&actor=" + actor)
        .expect(200)
        .at("entries")
        .findValuesAsText("outcome");
  }

  @Test
  @DisplayName("a refusal is counted by a meter")
  void refusals_areCounted() {
    for (int i = 0; i < 25; i++) {
      muster.anonymous().get("/nowhere");
    }
    assertThat(muster.admin().get("/metrics").expect(200).body())
        .containsPattern("muster_http_rejected_total\\{reason=\"anonymous\"\\} 5");
  }

  @Test
  @DisplayName("trust 35: a packed body is refused by name, not unpacked")
  void packedBody_isRefused() {
    for (String encoding : List.of("gzip", "deflate", "br", "x-unknown", "gzip, gzip")) {
      TestReply reply =
          muster
              .admin()
              .send(
                  "POST",
                  "/v1/devices/enrollment",
                  Optional.of("{}"),
                  Map.of("Content-Encoding", encoding));
      Answers.refusal(reply, "/v1/devices/enrollment", 415, "Content-Encoding");
    }
    muster
        .admin()
        .send(
            "POST",
            "/v1/devices/enrollment",
            Optional.of("{}"),
            Map.of("Content-Encoding", "identity"))
        .expect(200);
  }
}
