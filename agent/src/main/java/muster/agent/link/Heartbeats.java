package muster.agent.link;

import java.time.Duration;
import java.util.function.Supplier;

/// When heartbeats are due: at once after hello, then in a phase of the device's own, so that a
/// fleet that reconnected together does not beat together. Not for use by several threads.
final class Heartbeats {
  private final Supplier<Duration> period;
  private long dueNanos;
  private boolean first = true;
  private final long phaseNanos;

  /// @param period asked at each heartbeat
  /// @param nowNanos on the monotonic clock
  Heartbeats(String deviceId, Supplier<Duration> period, long nowNanos) {
    this.period = period;
    dueNanos = nowNanos;
    phaseNanos = phase(deviceId, period.get().toNanos());
  }

  /// When the next one is due; may be past.
  long dueNanos() {
    return dueNanos;
  }

  /// One was sent. After a time without any (a suspended host) the missed ones are not made up for.
  void sent(long nowNanos) {
    long periodNanos = period.get().toNanos();
    dueNanos += first ? phaseNanos : periodNanos;
    first = false;
    if (dueNanos - nowNanos < 0) {
      dueNanos = nowNanos + periodNanos;
    }
  }

  /// The period is another one: the next one comes within that.
  void hurry(long nowNanos) {
    long periodNanos = period.get().toNanos();
    if (!first && dueNanos - nowNanos > periodNanos) {
      dueNanos = nowNanos + periodNanos;
    }
  }

  /// More than none and at most one period.
  static long phase(String deviceId, long periodNanos) {
    // String.hashCode alone is close for close ids: spread it (Murmur3's last step).
    int hash = deviceId.hashCode();
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    hash ^= hash >>> 16;
    double share = (Integer.toUnsignedLong(hash) + 1) / (double) (1L << 32);
    return Math.max(1, (long) (share * periodNanos));
  }
}
