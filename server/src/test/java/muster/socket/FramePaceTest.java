package muster.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import muster.http.Limits;
import org.junit.jupiter.api.Test;

class FramePaceTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");
  private static final Limits LIMITS = new Limits(0, 0, 0, 0, 0, 0, 0, 10, 64);

  @Test
  void mayPass_twiceTheRateAtOnceThenTheRate() {
    FramePace pace = new FramePace(LIMITS, T);
    for (int i = 0; i < 20; i++) {
      assertThat(pace.mayPass(T)).isTrue();
    }
    assertThat(pace.mayPass(T)).isFalse();
    assertThat(pace.mayPass(T.plusMillis(100))).isTrue();
    assertThat(pace.mayPass(T.plusMillis(100))).isFalse();
  }

  @Test
  void pause_isAsLongAsTheRateAsksFor() {
    FramePace pace = new FramePace(LIMITS, T);
    Duration slept = Duration.ZERO;
    for (int i = 0; i < 640; i++) { // 10 MiB and what 640 frames cost, at 64 KiB/s
      slept = slept.plus(pace.pause(16 * 1024, T.plus(slept)));
    }
    assertThat(slept).isBetween(Duration.ofSeconds(162), Duration.ofSeconds(164));
  }

  @Test
  void limitsOff_neverHoldUp() {
    FramePace pace = new FramePace(Limits.off(), T);
    for (int i = 0; i < 100_000; i++) {
      assertThat(pace.mayPass(T)).isTrue();
      assertThat(pace.pause(1_000_000, T)).isZero();
    }
  }
}
