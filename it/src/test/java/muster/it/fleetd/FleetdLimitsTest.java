package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import muster.http.Limits;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How often who may call, with the limits that a server has by default.
class FleetdLimitsTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start(config -> config.withLimits(Limits.defaults()));
    muster.clock().hold();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  @Tag("F085")
  @Tag("F087")
  @Tag("F079")
  @DisplayName("F085: heartbeats count ten a minute, and the headers say so")
  void heartbeats_areCounted() {
    TestClient device =
        muster.client(
            Rpc.call(muster.admin(), "RegisterDevice", Map.of("device_id", "rpi-1"))
                .expect(200)
                .text("apiKey"));
    Map<String, String> beat = Map.of("device_id", "rpi-1");
    TestReply first = Rpc.call(device, "Heartbeat", beat).expect(200);
    assertThat(first.header("x-ratelimit-limit")).isEqualTo("10");
    assertThat(first.header("x-ratelimit-remaining")).isEqualTo("9");
    for (int i = 0; i < 9; i++) {
      Rpc.call(device, "Heartbeat", beat).expect(200);
    }
    TestReply refused = Rpc.call(device, "Heartbeat", beat).expect(429);
    assertThat(refused.text("code")).isEqualTo("RESOURCE_EXHAUSTED");
    assertThat(refused.header("x-ratelimit-remaining")).isEqualTo("0");
    assertThat(refused.header("retry-after"))
        .isEqualTo(refused.text("/details/retry_after_seconds"));
    assertThat(refused.at("/details/retry_after_seconds").asInt()).isBetween(1, 60);
    assertThat(Rpc.connect(device, "Heartbeat", beat).expect(429).text("code"))
        .isEqualTo("resource_exhausted");
  }

  @Test
  @Tag("F083")
  @Tag("F078")
  @DisplayName("F083: strangers have ten calls a second, and are told who they are not")
  void strangers_areCounted() {
    TestReply reply = Rpc.call(muster.anonymous(), "ListDevices", Map.of());
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.text("code")).isEqualTo("UNAUTHENTICATED");
    assertThat(reply.header("x-ratelimit-limit")).isEqualTo("10");
    int status = 401;
    for (int i = 0; i < 30 && status == 401; i++) {
      status =
          muster.anonymous().send("POST", "/fleetd.v9.X/Y", Optional.of("{}"), Map.of()).status();
      status = status == 404 ? 401 : status;
    }
    assertThat(status).isEqualTo(429);
  }

  @Test
  @Tag("F086")
  @Tag("F084")
  @DisplayName("F084, F086: people have a hundred a second, administrators no limit and no headers")
  void people_areCounted() {
    TestReply viewer = Rpc.call(muster.withRole("viewer"), "ListDevices", Map.of()).expect(200);
    assertThat(viewer.header("x-ratelimit-limit")).isEqualTo("100");
    TestReply admin = Rpc.call(muster.admin(), "ListDevices", Map.of()).expect(200);
    assertThat(admin.headers().map()).doesNotContainKey("x-ratelimit-limit");
  }
}
