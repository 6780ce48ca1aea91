package muster.agent.net;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt, with full jitter: U(0, min(300 s, 1 s·2ⁿ)) after the
/// n-th failure in a row. Not for use by several threads.
public final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(300);
  private static final Duration GOOD = Duration.ofSeconds(60);

  private final RandomGenerator random;
  private int failures;

  public Backoff(RandomGenerator random) {
    this.random = random;
  }

  /// Tells how long the last connection was good, from the answer to hello to its end. From 60 s on
  /// the row of failures is over.
  public void lasted(Duration good) {
    if (good.compareTo(GOOD) >= 0) {
      failures = 0;
    }
  }

  /// After a failure of any kind.
  public Duration next() {
    int doublings = Math.min(failures++, 30);
    Duration limit = FIRST.multipliedBy(1L << doublings);
    return upTo(limit.compareTo(LONGEST) < 0 ? limit : LONGEST);
  }

  /// When the server says when to come back: not before, and not all at once.
  public Duration after(Duration retryAfter) {
    return retryAfter.plus(next());
  }

  /// When the server restarts and spreads its agents over a window.
  public Duration within(Duration window) {
    return upTo(window);
  }

  /// When the credential is refused: about every five minutes, 270 s to 300 s.
  public Duration refused() {
    return LONGEST.minus(upTo(LONGEST.dividedBy(10)));
  }

  private Duration upTo(Duration limit) {
    return Duration.ofNanos((long) (random.nextDouble() * limit.toNanos()));
  }
}
