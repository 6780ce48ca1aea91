package muster.event;

/// Where events are kept. Called inside a write transaction.
public interface EventStore {
  /// Stores the event and returns it with its sequence number.
  Event append(Event event);
}
