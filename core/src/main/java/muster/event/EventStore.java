package muster.event;

import java.time.Instant;
import java.util.List;

/// Where events are kept. Changed inside a write transaction.
public interface EventStore {
  /// Which events there are.
  ///
  /// @param first the number of the oldest that is kept; that of the next when none is
  /// @param last the number of the newest that ever was; 0 before the first
  record Kept(long first, long last) {}

  /// Stores the event and returns it with its sequence number.
  Event append(Event event);

  Kept kept();

  /// The events behind that number, oldest first, at most `limit`.
  List<Event> after(long seq, int limit);

  /// Removes the oldest events from before `before`, at most `limit`; returns how many.
  int deleteBefore(Instant before, int limit);
}
