package muster.agent.net;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt, with full jitter: U(0, t) when attempts have failed
/// for the time t, which counts as 1 s at least and 30 s at most. So whoever finds the server away
/// is back within twice the time it was away, and within 30 s after a long absence. Not for use by
/// several threads.
public final class Backoff {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final Duration GOOD = Duration.ofSeconds(60);
  private static final Duration REFUSED = Duration.ofSeconds(300);

  private final RandomGenerator random;
  private final LongSupplier nanos;
  private OptionalLong failingSince = OptionalLong.empty();

  /// @param nanos a monotonic clock
  public Backoff(RandomGenerator random, LongSupplier nanos) {
    this.random = random;
    this.nanos = nanos;
  }

  /// Tells how long the last connection was good, from the answer to hello to its end. From 60 s on
  /// the row of failures is over.
  public void lasted(Duration good) {
    if (good.compareTo(GOOD) >= 0) {
      failingSince = OptionalLong.empty();
    }
  }

  /// After a failure of any kind.
  public Duration next() {
    long now = nanos.getAsLong();
    long since = failingSince.orElse(now);
    failingSince = OptionalLong.of(since);
    long limit = Math.max(SHORTEST.toNanos(), Math.min(now - since, LONGEST.toNanos()));
    return upTo(Duration.ofNanos(limit));
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
    return REFUSED.minus(upTo(REFUSED.dividedBy(10)));
  }

  /// When somebody has to approve or unblock the device: after the time the server names, and
  /// before twice of it.
  public Duration undecided(Duration retryAfter) {
    Duration least = retryAfter.compareTo(SHORTEST) < 0 ? SHORTEST : retryAfter;
    return least.plus(upTo(least));
  }

  private Duration upTo(Duration limit) {
    return Duration.ofNanos((long) (random.nextDouble() * limit.toNanos()));
  }
}
