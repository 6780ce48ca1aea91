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

  private long now;

  private Backoff backoff(RandomGenerator random) {
    return new Backoff(random, () -> now);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void limit_isHowLongAttemptsHaveFailed_between1And30Seconds() {
    Backoff backoff = backoff(HIGHEST);

    for (int limit : new int[] {1, 1, 2, 4, 8, 16, 30, 30, 30}) {
      Duration wait = backoff.next();
      assertThat(wait).isBetween(seconds(limit).minusMillis(1), seconds(limit));
      pass(wait);
    }
  }

  @Test
  void whateverTheDraws_nobodyIsAwayTwiceAsLongAsTheServerAndASecond() {
    for (int seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      Backoff backoff = backoff(random);
      Duration outage = Duration.ofMillis(random.nextInt(120_000));
      long began = now;
      while (now - began < outage.toNanos()) {
        pass(backoff.next());
      }

      Duration late = Duration.ofNanos(now - began).minus(outage);
      assertThat(late).isLessThanOrEqualTo(outage.plusSeconds(1)).isLessThanOrEqualTo(seconds(30));
    }
  }

  @Test
  void jitter_isFull() {
    Random random = new Random(1);
    double sum = 0;
    for (int i = 0; i < 10_000; i++) {
      Duration first = backoff(random).next();
      assertThat(first).isBetween(Duration.ZERO, seconds(1));
      sum += first.toNanos() / 1e9;
    }
    assertThat(sum / 10_000).isBetween(0.48, 0.52);
  }

  @Test
  void goodMinute_startsAgain_aShorterOneDoesNot() {
    Backoff backoff = backoff(HIGHEST);
    backoff.next();
    pass(seconds(10));

    backoff.lasted(Duration.ofMillis(59_999));
    assertThat(backoff.next()).isGreaterThan(seconds(9));
    backoff.lasted(seconds(60));
    assertThat(backoff.next()).isLessThanOrEqualTo(seconds(1));
  }

  @Test
  void window_isSpreadAndCountsAsNoFailure() {
    Backoff backoff = backoff(HIGHEST);

    assertThat(backoff.within(seconds(30))).isBetween(seconds(29), seconds(30));
    assertThat(backoff.within(Duration.ZERO)).isZero();
    assertThat(backoff.next()).isLessThanOrEqualTo(seconds(1));
  }

  @Test
  void retryAfter_isNeverUndercut() {
    Backoff backoff = backoff(new Random(1));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.after(seconds(7))).isBetween(seconds(7), seconds(8));
    }
  }

  @Test
  void refused_isAboutFiveMinutes() {
    Backoff backoff = backoff(new Random(1));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.refused()).isBetween(seconds(270), seconds(300));
    }
  }

  @Test
  void undecided_isBetweenWhatTheServerSaysAndTwiceOfIt() {
    Backoff backoff = backoff(new Random(1));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.undecided(seconds(15))).isBetween(seconds(15), seconds(30));
      assertThat(backoff.undecided(Duration.ZERO)).isBetween(seconds(1), seconds(2));
    }
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
