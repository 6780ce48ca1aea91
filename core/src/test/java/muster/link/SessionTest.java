package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.device.DeviceState;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private static final class NoLink implements Link {
    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public void probe() {}
  }

  private final Session session =
      new Session(
          new Arrival(
              new DeviceId("dev_1"),
              "agt_1",
              new NoLink(),
              "10.0.0.9",
              new Arrival.Machine("boot", "")),
          DeviceState.NEVER_SEEN.connected("10.0.0.9", T),
          0,
          Runnable::run);

  @Test
  void takeChange_afterTheEnd_isEmpty() {
    session.heard(T.plusSeconds(1), 0, Optional.empty());
    assertThat(session.hasChange()).isTrue();
    assertThat(session.takeChange()).isPresent();
    assertThat(session.takeChange()).as("once").isEmpty();
    session.heard(T.plusSeconds(2), 0, Optional.empty());
    assertThat(session.end()).isTrue();
    assertThat(session.end()).as("twice").isFalse();
    assertThat(session.hasChange()).isFalse();
    assertThat(session.takeChange()).isEmpty();
  }

  @Test
  void silence_isMeasuredByTimeThatOnlyGoesOn() {
    long second = Duration.ofSeconds(1).toNanos();
    assertThat(session.silentFor(7 * second)).isEqualTo(Duration.ofSeconds(7));
    session.heard(T.minus(Duration.ofDays(400)), 8 * second, Optional.empty());
    assertThat(session.silentFor(10 * second)).isEqualTo(Duration.ofSeconds(2));
    session.excuse(Duration.ofSeconds(1), 10 * second);
    assertThat(session.silentFor(10 * second)).isEqualTo(Duration.ofSeconds(1));
    session.excuse(Duration.ofHours(1), 10 * second);
    assertThat(session.silentFor(10 * second)).isZero();
    assertThat(session.silentFor(12 * second)).as("no credit").isEqualTo(Duration.ofSeconds(2));
  }
}
