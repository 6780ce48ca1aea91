package muster.store;

import muster.event.Event;
import muster.event.EventStore;

/// Events in the table `event`.
public final class SqlEventStore implements EventStore {
  private final SqliteDatabase database;

  public SqlEventStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public Event append(Event event) {
    long seq =
        database
            .writing()
            .queryOne(
                "insert into event (at, type, device_uid, body) values (?, ?, ?, ?) returning seq",
                row -> row.number("seq"),
                SqlValues.millis(event.at()),
                event.type(),
                SqlValues.orNull(event.device().map(Object::toString)),
                SqlValues.json(event.body()))
            .orElseThrow();
    return new Event(seq, event.at(), event.type(), event.device(), event.body());
  }
}
