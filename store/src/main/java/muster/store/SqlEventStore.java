package muster.store;

import java.time.Instant;
import java.util.List;
import muster.event.Event;
import muster.event.EventStore;
import muster.id.DeviceId;

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
  public Kept kept() {
    return database.read(connection -> {
      long last =
          connection
              .queryOne(
                  "select seq from sqlite_sequence where name = 'event'", row -> row.number("seq"))
              .orElse(0L);
      long first =
          connection
              .queryOne("select min(seq) as seq from event", row -> row.optNumber("seq"))
              .flatMap(seq -> seq)
              .orElse(last + 1);
      return new Kept(first, last);
    });
  }

  @Override
  public List<Event> after(long seq, int limit) {
    return database.read(connection ->
        connection.query(
            "select * from event where seq > ? order by seq limit ?",
            SqlEventStore::event,
            seq,
            limit));
  }

  private static Event event(SqlRow row) {
    return new Event(
        row.number("seq"),
        row.instant("at"),
        row.text("type"),
        row.optText("device_uid").map(DeviceId::new),
        SqlValues.textMap(row.text("body")));
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
