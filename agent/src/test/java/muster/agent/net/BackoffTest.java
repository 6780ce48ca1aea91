package muster.agent.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
  /// Draws just under the upper limit each time.
  private static final RandomGenerator HIGHEST =
      new Random() {
        private static final long serialVersionUID = 1;

        @Override
        public double nextDouble() {
          return Math.nextDown(1.0);
        }
      };

  @Test
  void failures_doubleTheLimitUpToFiveMinutes() {
    Backoff backoff = new Backoff(HIGHEST);

    for (int limit : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}) {
      assertThat(backoff.next()).isBetween(seconds(limit).minusMillis(1), seconds(limit));
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(backoff.next()).isBetween(Duration.ZERO, seconds(300));
    }
  }

  @Test
  void jitter_isFull() {
    Random random = new Random(1);
    double sum = 0;
    for (int i = 0; i < 10_000; i++) {
      Duration first = new Backoff(random).next();
      assertThat(first).isBetween(Duration.ZERO, seconds(1));
      sum += first.toNanos() / 1e9;
    }
    assertThat(sum / 10_000).isBetween(0.48, 0.52);
  }

  @Test
  void goodMinute_startsAgain_aShorterOneDoesNot() {
    Backoff backoff = new Backoff(HIGHEST);
    backoff.next();
    backoff.next();

    backoff.lasted(Duration.ofMillis(59_999));
    assertThat(backoff.next()).isGreaterThan(seconds(3));
    backoff.lasted(seconds(60));
    assertThat(backoff.next()).isLessThanOrEqualTo(seconds(1));
  }

  @Test
  void window_isSpreadAndCountsAsNoFailure() {
    Backoff backoff = new Backoff(HIGHEST);

    assertThat(backoff.within(seconds(30))).isBetween(seconds(29), seconds(30));
    assertThat(backoff.within(Duration.ZERO)).isZero();
    assertThat(backoff.next()).isLessThanOrEqualTo(seconds(1));
  }

  @Test
  void retryAfter_isNeverUndercut() {
    Backoff backoff = new Backoff(new Random(1));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.after(seconds(7))).isBetween(seconds(7), seconds(307));
    }
  }

  @Test
  void refused_isAboutFiveMinutes() {
    Backoff backoff = new Backoff(new Random(1));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.refused()).isBetween(seconds(270), seconds(300));
    }
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
