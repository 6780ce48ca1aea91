package muster.server;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/// Hands out moments: so many each second, after a small burst, none further off than a longest
/// wait. Shared; the lock is this object.
final class Admission {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final int LEAST_BURST = 10;

  private final LongSupplier nanos;
  private final long interval;
  private final long burst;
  private final long longestWait;

  /// When the next one would be due if they came at the rate exactly.
  private long due;

  /// @param perSecond 1 at least
  /// @param nanos as [System#nanoTime()]
  Admission(int perSecond, Duration longestWait, LongSupplier nanos) {
    this.nanos = nanos;
    this.interval = SECOND / perSecond;
    this.burst = Math.max(LEAST_BURST, perSecond / 10) * interval;
    this.longestWait = longestWait.toNanos();
    this.due = nanos.getAsLong() - burst;
  }

  /// How many nanoseconds to wait, 0 = now; empty when that would be too long, which takes no
  /// moment away from others.
  synchronized OptionalLong next() {
    long now = nanos.getAsLong();
    // Only differences of such times can be compared: they may wrap around.
    long ahead = Math.max(due - now, -burst) + interval;
    if (ahead > longestWait) {
      return OptionalLong.empty();
    }
    due = now + ahead;
    return OptionalLong.of(Math.max(0, ahead));
  }
}
