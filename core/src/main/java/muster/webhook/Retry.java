package muster.webhook;

import java.time.Duration;

/// How often a notice is sent before it is given up, and when.
///
/// @param maxAttempts the first one counts; 1..[#MOST]
public record Retry(int maxAttempts, Backoff backoff) {
  public static final int MOST = 50;

  /// About five hours.
  public static final Retry USUAL = new Retry(17, Backoff.EXPONENTIAL);

  static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofHours(1);
  static final Duration FIXED = Duration.ofSeconds(30);

  /// How the waits grow.
  public enum Backoff {
    /// 1 s, 2 s, 4 s and so on, an hour at most.
    EXPONENTIAL,
    /// 30 s each.
    FIXED
  }

  public Retry {
    if (maxAttempts < 1 || maxAttempts > MOST) {
      throw new IllegalArgumentException(
          "max_attempts: %d (expected: 1..%d)".formatted(maxAttempts, MOST));
    }
  }

  /// The wait after so many attempts, without jitter.
  Duration after(int attempts) {
    if (backoff == Backoff.FIXED) {
      return FIXED;
    }
    int doublings = Math.min(attempts - 1, 20);
    Duration wait = FIRST.multipliedBy(1L << doublings);
    return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
  }
}
