package muster.event;

import java.time.Instant;

/// Where events are kept. Called inside a write transaction.
public interface EventStore {
  /// Stores the event and returns it with its sequence number.
  Event append(Event event);

  /// Removes the oldest events from before `before`, at most `limit`; returns how many.
  int deleteBefore(Instant before, int limit);
}
