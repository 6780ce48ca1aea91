package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReturningTest {
  private static final Returning RETURNING = new Returning(200, Duration.ofSeconds(10));

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  @Test
  void window_isTheConfiguredOne_orAsLongAsSoManyNeed() {
    assertThat(RETURNING.windowFor(0)).isEqualTo(seconds(10));
    assertThat(RETURNING.windowFor(2_000)).isEqualTo(seconds(10));
    assertThat(RETURNING.windowFor(10_000)).isEqualTo(seconds(50));
  }

  @Test
  void patience_isALeaseAndTheTimeSoManyNeed() {
    assertThat(RETURNING.patience(1)).isEqualTo(seconds(45));
    assertThat(RETURNING.patience(10_000)).isEqualTo(seconds(95));
  }

  @Test
  void patience_coversTheWindowThatDevicesWereTold() {
    Returning slow = new Returning(200, Duration.ofHours(1));
    assertThat(slow.patience(1)).isEqualTo(Duration.ofHours(1));
  }
}
