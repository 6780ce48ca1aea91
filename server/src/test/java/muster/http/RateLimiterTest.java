package muster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private Instant now = Instant.parse("2026-04-15T14:30:00Z");
  private final InstantSource clock = () -> now;
  private final RateLimiter limiter = new RateLimiter(20, Duration.ofSeconds(2), clock);

  private int taken(String key, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += limiter.take(key).isEmpty() ? 1 : 0;
    }
    return taken;
  }

  @Test
  void take_atOnce_givesTheBurstThenTheRate() {
    assertThat(taken("a", 100)).isEqualTo(20);
    assertThat(limiter.take("a")).contains(Duration.ofMillis(100));
    now = now.plusMillis(100);
    assertThat(taken("a", 100)).isEqualTo(1);
    now = now.plusSeconds(3600);
    assertThat(taken("a", 100)).isEqualTo(20);
  }

  @Test
  void take_ofAnother_hasItsOwnBucket() {
    assertThat(taken("a", 100)).isEqualTo(20);
    assertThat(taken("b", 100)).isEqualTo(20);
  }

  /// Each call comes before a millisecond has passed since the one before.
  @Test
  void take_allTheTime_stillGetsTheRate() {
    taken("a", 100);
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      now = now.plusNanos(500_000);
      taken += limiter.take("a").isEmpty() ? 1 : 0;
    }
    assertThat(taken).isBetween(99, 100);
  }

  @Test
  void take_neverMoreThanBurstAndRate() {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    Random random = new Random(seed);
    Instant began = now;
    int taken = 0;
    for (int i = 0; i < 10_000; i++) {
      now = now.plusNanos(random.nextInt(50_000_000));
      taken += limiter.take("a").isEmpty() ? 1 : 0;
      double seconds = Duration.between(began, now).toNanos() / 1e9;
      assertThat((double) taken)
          .as("-Dmuster.seed=%d", seed)
          .isLessThanOrEqualTo(20 + 10 * seconds);
    }
  }

  @Test
  void take_afterTheClockWasPutBack_goesOn() {
    taken("a", 100);
    now = now.minusSeconds(7200);
    assertThat(taken("a", 100)).isZero();
    now = now.plusSeconds(1);
    assertThat(taken("a", 100)).isEqualTo(10);
  }

  @Test
  void peek_takesAndRemembersNothing() {
    for (int i = 0; i < 100; i++) {
      assertThat(limiter.peek("a")).isEmpty();
    }
    assertThat(limiter.size()).isZero();
    assertThat(taken("a", 100)).isEqualTo(20);
    assertThat(limiter.peek("a")).isPresent();
  }

  @Test
  void state_neverShowsLessThanNothing() {
    for (int i = 0; i < 50; i++) {
      assertThat(limiter.takeOne("a").remaining()).isBetween(0, 19);
    }
    assertThat(limiter.look("a").full()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void manyKeys_areForgottenAgain() {
    for (int i = 0; i < 100_000; i++) {
      limiter.take("address " + i);
    }
    assertThat(limiter.size()).isEqualTo(10_000);
  }
}
