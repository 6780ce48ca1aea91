package muster.testkit.simulation;

import java.time.Instant;
import java.util.List;
import muster.event.Event;
import muster.event.EventStore;

/// Events in a list, which only grows: a history is short.
record MemoryEventStore(MemoryTransactions transactions, List<Event> events) implements EventStore {
  @Override
  public Event append(Event event) {
    transactions.undoBy(() -> events.remove(events.size() - 1));
    events.add(event);
    return event;
  }

  @Override
  public int deleteBefore(Instant before, int limit) {
    return 0;
  }
}
