package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The meters that count what happens.
class MetersTest {
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start(config -> config.withLimits(new Limits(0, 0, 0, 0, 0, 1, 0, 0, 0)));
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private Optional<Double> meter(String name) {
    Matcher line =
        Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$")
            .matcher(muster.admin().get("/metrics").expect(200).body());
    return line.find() ? Optional.of(Double.parseDouble(line.group(1))) : Optional.empty();
  }

  private String command(FakeDevice device) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + device.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
        .expect(201)
        .text("id");
  }

  @Test
  void commands_areCountedAsSentOnceAndAsEnded() {
    FakeDevice device = muster.enroll("away");
    String sent = command(device);
    String cancelled = command(device);
    assertThat(meter("muster_commands_ended_total{status=\"cancelled\"}")).contains(0.0);
    muster.admin().post("/v1/commands/" + cancelled + "/cancel", Map.of()).expect(200);
    assertThat(meter("muster_commands_ended_total{status=\"cancelled\"}")).contains(1.0);
    assertThat(meter("muster_commands_delivery_seconds_count")).contains(0.0);

    muster.clock().advance(Duration.ofMinutes(10));
    device.connect().nextExecute();
    device.cut();
    device.connect().nextExecute();
    muster.admin().post("/v1/commands/" + sent + "/cancel", Map.of()).expect(200);
    assertThat(meter("muster_commands_delivery_seconds_count")).contains(1.0);
    assertThat(meter("muster_commands_delivery_seconds_sum").orElseThrow()).isBetween(600.0, 660.0);
    device.cut();
  }

  @Test
  void heartbeats_areCountedWhenStored() {
    FakeDevice device = muster.enroll("beating").connect();
    device.health(1.0, 2.0);
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(meter("muster_heartbeats_stored_total").orElseThrow()).isPositive());
    device.cut();
  }

  @Test
  void rejectedRequests_areCountedByReason() {
    for (int i = 0; i < 7; i++) {
      muster.anonymous().post("/api/login", Map.of("username", "anna", "password", "guess " + i));
    }
    assertThat(meter("muster_http_rejected_total{reason=\"logins\"}")).contains(2.0);

    String output = "/v1/commands/" + command(muster.enroll("followed")) + "/output";
    try (RawConnection first = RawConnection.to(muster)) {
      first.send(
          "GET %s HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\n\r\n"
              .formatted(output, muster.adminKey()));
      assertThat(first.head().status()).isEqualTo(200);
      muster.admin().get(output).expect(503);
    }
    assertThat(meter("muster_http_rejected_total{reason=\"busy\"}")).contains(1.0);
  }

  @Test
  void failedRegistrations_areCountedOnceTheyAreLimited() {
    muster.clock().hold();
    for (int i = 0; i < 61; i++) {
      muster
          .anonymous()
          .post(
              "/v1/agent/register",
              Map.of("enrollment_token", "ekvent_none", "hardware_id", "hw-" + i));
    }
    assertThat(meter("muster_http_rejected_total{reason=\"registrations\"}")).contains(1.0);
  }
}
