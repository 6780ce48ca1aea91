package muster.server;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Addresses from which a person was let in within the last 15 minutes. A few new connections of
/// theirs pass at once; not many, as a whole fleet may stand behind the same one. Shared; the lock
/// is this object.
final class KnownAddresses {
  private static final long REMEMBERED = Duration.ofMinutes(15).toNanos();
  private static final int MOST = 1_000;
  private static final int PER_SECOND = 5;

  private final LongSupplier nanos;

  /// The one that was heard of the longest ago first.
  private final Map<InetAddress, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Known> eldest) {
          return size() > MOST;
        }
      };

  private record Known(long since, Admission admission) {}

  KnownAddresses(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// A person proved from there who it is.
  synchronized void add(InetAddress address) {
    Known before = known.get(address);
    Admission admission =
        before == null ? new Admission(PER_SECOND, Duration.ZERO, nanos) : before.admission();
    known.put(address, new Known(nanos.getAsLong(), admission));
  }

  /// Whether a new connection from there passes at once.
  synchronized boolean pass(InetAddress address) {
    Known entry = known.get(address);
    return entry != null
        && nanos.getAsLong() - entry.since() < REMEMBERED
        && entry.admission().next().isPresent();
  }
}
