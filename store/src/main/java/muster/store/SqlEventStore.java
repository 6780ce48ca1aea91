package muster.store;

import java.time.Instant;
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

  @Override
  public int deleteBefore(Instant before, int limit) {
    // By seq: the oldest rows are the first ones, and there is no index on at.
    return database
        .writing()
        .update(
            """
            delete from event where seq in (select seq from event order by seq limit ?) and at < ?
            """,
            limit,
            SqlValues.millis(before));
  }
}
