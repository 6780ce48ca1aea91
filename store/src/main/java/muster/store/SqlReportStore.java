package muster.store;

import java.util.Map;
import muster.checkin.ReportStore;
import muster.id.DeviceId;

/// Measures without columns, in the table `device_report`.
public final class SqlReportStore implements ReportStore {
  private final SqliteDatabase database;

  public SqlReportStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void save(DeviceId device, Map<String, Object> unnamed) {
    if (unnamed.isEmpty()) {
      database
          .writing()
          .update(
              "delete from device_report where id = (select id from device where uid = ?)",
              device.value());
      return;
    }
    database
        .writing()
        .update(
            """
            insert into device_report (id, body) select id, ? from device where uid = ?
            on conflict (id) do update set body = excluded.body
            """,
            SqlValues.json(unnamed),
            device.value());
  }

  @Override
  public Map<String, Object> find(DeviceId device) {
    return database
        .read(connection ->
            connection.queryOne(
                """
                select body from device_report
                where id = (select id from device where uid = ?)
                """,
                row -> SqlValues.map(row.text("body")),
                device.value()))
        .orElse(Map.of());
  }
}
