package muster.store;

import java.time.Instant;
import java.util.List;
import muster.device.LinkEnd;
import muster.id.DeviceId;
import muster.link.Connection;
import muster.link.ConnectionStore;

/// Links in the table `connection`.
public final class SqlConnectionStore implements ConnectionStore {
  private static final String DEVICE = "(select id from device where uid = ?)";

  private final SqliteDatabase database;

  public SqlConnectionStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void begin(Connection connection) {
    String device = connection.device().value();
    database
        .writing()
        .update(
            "update connection set ended_at = ?, why = ? where ended_at is null and device_id = "
                + DEVICE,
            SqlValues.millis(connection.beganAt()),
            LinkEnd.REPLACED.word(),
            device);
    database
        .writing()
        .update(
            "insert into connection (device_id, epoch, began_at, address, ended_at, why)"
                + " select id, ?, ?, ?, ?, ? from device where uid = ?",
            connection.epoch(),
            SqlValues.millis(connection.beganAt()),
            connection.address(),
            SqlValues.millis(connection.end().map(Connection.End::at)),
            SqlValues.orNull(connection.end().map(end -> end.why().word())),
            device);
    database
        .writing()
        .update(
            "delete from connection where epoch <= ? and device_id = " + DEVICE,
            connection.epoch() - KEPT,
            device);
  }

  @Override
  public void end(DeviceId device, long epoch, Connection.End end) {
    database
        .writing()
        .update(
            "update connection set ended_at = ?, why = ?"
                + " where ended_at is null and epoch = ? and device_id = "
                + DEVICE,
            SqlValues.millis(end.at()),
            end.why().word(),
            epoch,
            device.value());
  }

  @Override
  public int endAllOpen(LinkEnd why) {
    return database
        .writing()
        .update(
            """
            update connection set why = ?, ended_at = max(began_at, coalesce(
              (select s.last_seen from device_state s where s.id = device_id), began_at))
            where ended_at is null
            """,
            why.word());
  }

  @Override
  public List<Connection> find(DeviceId device, long before, int limit) {
    return database.read(connection ->
        connection.query(
            "select epoch, began_at, address, ended_at, why from connection"
                + " where epoch < ? and device_id = "
                + DEVICE
                + " order by epoch desc limit ?",
            row ->
                new Connection(
                    device,
                    row.number("epoch"),
                    row.instant("began_at"),
                    row.text("address"),
                    row.optInstant("ended_at")
                        .map(at -> new Connection.End(at, LinkEnd.ofWord(row.text("why"))))),
            before,
            device.value(),
            limit));
  }

  @Override
  public int deleteEnded(Instant before, int limit) {
    return database
        .writing()
        .update(
            """
            delete from connection where (device_id, epoch) in (select device_id, epoch
              from connection where ended_at < ? order by ended_at limit ?)
            """,
            SqlValues.millis(before),
            limit);
  }
}
