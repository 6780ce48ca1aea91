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
    Event numbered =
        new Event(events.size() + 1, event.at(), event.type(), event.device(), event.body());
    events.add(numbered);
    return numbered;
  }

  @Override
  public Kept kept() {
    return new Kept(1, events.size());
  }

  @Override
  public List<Event> after(long seq, int limit) {
    return events.stream().skip(seq).limit(limit).toList();
  }

  @Override
  public int deleteBefore(Instant before, int limit) {
    return 0;
  }
}
