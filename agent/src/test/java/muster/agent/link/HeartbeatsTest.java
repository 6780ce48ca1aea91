package muster.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {
  private static final Duration PERIOD = Duration.ofSeconds(15);
  private static final long NANOS = PERIOD.toNanos();

  @Test
  void first_atOnce_thenInPhase_thenEveryPeriod() {
    Heartbeats heartbeats = new Heartbeats("dev_1", () -> PERIOD, 1_000);
    long phase = Heartbeats.phase("dev_1", NANOS);

    assertThat(heartbeats.dueNanos()).isEqualTo(1_000);
    heartbeats.sent(1_500);
    assertThat(heartbeats.dueNanos()).isEqualTo(1_000 + phase);
    heartbeats.sent(1_000 + phase + 77);
    assertThat(heartbeats.dueNanos()).isEqualTo(1_000 + phase + NANOS);
  }

  @Test
  void suspendedHost_doesNotMakeUpForMissedOnes() {
    Heartbeats heartbeats = new Heartbeats("dev_1", () -> PERIOD, 0);
    heartbeats.sent(100 * NANOS);

    assertThat(heartbeats.dueNanos()).isEqualTo(101 * NANOS);
  }

  @Test
  void shorterPeriod_bringsTheNextOneForward() {
    AtomicReference<Duration> period = new AtomicReference<>(PERIOD);
    Heartbeats heartbeats = new Heartbeats("dev_1", period::get, 0);
    heartbeats.sent(0);
    heartbeats.sent(NANOS);
    long fast = Duration.ofSeconds(5).toNanos();
    period.set(Duration.ofSeconds(5));
    heartbeats.hurry(NANOS);
    assertThat(heartbeats.dueNanos()).isLessThanOrEqualTo(NANOS + fast);
    long due = heartbeats.dueNanos();
    heartbeats.sent(due);
    assertThat(heartbeats.dueNanos()).isEqualTo(due + fast);
    period.set(PERIOD);
    heartbeats.hurry(due);
    heartbeats.sent(due + fast);
    assertThat(heartbeats.dueNanos()).isEqualTo(due + fast + NANOS);
  }

  @Test
  void phases_ofAFleet_areSpreadEvenly() {
    int[] perSecond = new int[15];
    for (int i = 0; i < 15_000; i++) {
      long phase = Heartbeats.phase("dev_" + Integer.toString(i, 36), NANOS);
      assertThat(phase).isBetween(1L, NANOS);
      perSecond[(int) Math.min(14, phase / 1_000_000_000)]++;
    }
    for (int count : perSecond) {
      assertThat(count).isBetween(850, 1_150);
    }
  }

  @Test
  void period_thatIsSetMeanwhile_countsFromTheNextHeartbeatOn() {
    AtomicReference<Duration> period = new AtomicReference<>(PERIOD);
    Heartbeats heartbeats = new Heartbeats("dev_1", period::get, 0);
    heartbeats.sent(0);
    long second = heartbeats.dueNanos();
    period.set(Duration.ofSeconds(5));
    assertThat(heartbeats.dueNanos()).isEqualTo(second);
    heartbeats.sent(second);

    assertThat(heartbeats.dueNanos()).isEqualTo(second + 5_000_000_000L);
  }
}
