package muster.link;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import muster.id.DeviceId;

/// When leases of disconnected devices end, earliest first. A device may stand here more than once
/// or have come back since: who takes an entry looks again. Shared; the lock is this object.
final class Leases {
  private record Lease(DeviceId device, Instant end) {}

  private final PriorityQueue<Lease> queue = new PriorityQueue<>(Comparator.comparing(Lease::end));

  /// The end of a lease after the wall clock jumped by `by` (or stood still for us so long), where
  /// a lease may run until `latest`. A lease that began after the jump, before anybody noticed it,
  /// is right as it is: it is the other end that makes no sense then.
  static Instant moved(Instant end, Duration by, Instant now, Instant latest) {
    Instant moved = end.plus(by);
    if (!isSensible(moved, now, latest) && isSensible(end, now, latest)) {
      return end;
    }
    return moved.isBefore(latest) ? moved : latest;
  }

  private static boolean isSensible(Instant end, Instant now, Instant latest) {
    return !end.isBefore(now) && !end.isAfter(latest);
  }

  synchronized void add(DeviceId device, Instant end) {
    queue.add(new Lease(device, end));
  }

  synchronized List<DeviceId> endedBy(Instant now) {
    List<DeviceId> ended = new ArrayList<>();
    for (Lease next = queue.peek(); next != null && !next.end().isAfter(now); next = queue.peek()) {
      ended.add(next.device());
      queue.remove();
    }
    return ended;
  }
}
