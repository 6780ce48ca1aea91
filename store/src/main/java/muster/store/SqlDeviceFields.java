package muster.store;

import java.time.Instant;
import java.util.Map;
import muster.device.DeviceFields;

/// Where the fields of [DeviceFields] are: device `d`, its state `s`, its attributes.
final class SqlDeviceFields {
  static final FilterSql SQL =
      new FilterSql(
          DeviceFields.SCHEMA,
          "d.id",
          Map.ofEntries(
              Map.entry("id", SqlField.column("d.uid")),
              Map.entry("name", SqlField.column("d.name").withTrigrams("device_name_fts")),
              Map.entry("status", SqlField.expression(SqlDeviceFields::status)),
              Map.entry("approval", SqlField.column("d.approval")),
              Map.entry("condition", SqlField.column("d.condition")),
              Map.entry("device_type", SqlField.column("d.device_type").withNulls()),
              Map.entry("platform", SqlField.column("d.platform").withNulls()),
              Map.entry("architecture", SqlField.column("d.architecture").withNulls()),
              Map.entry("os_version", SqlField.column("d.os_version").withNulls()),
              Map.entry("hostname", SqlField.column("d.hostname").withNulls()),
              Map.entry("agent_version", SqlField.column("d.agent_version").withNulls()),
              Map.entry("ip", SqlField.column("s.address").withNulls()),
              Map.entry("hardware_id", SqlField.column("d.hardware_id").withNulls()),
              Map.entry("tag", attributes("tag")),
              Map.entry("capability", attributes("capability")),
              Map.entry("metadata", attributes("metadata.")),
              Map.entry("last_seen", SqlField.column("s.last_seen").withNulls().withId("s.id")),
              Map.entry("created_at", SqlField.column("d.created_at")),
              Map.entry("cpu_percent", fresh("s.cpu_percent")),
              Map.entry("memory_percent", fresh("s.memory_percent")),
              Map.entry("disk_percent", fresh("s.disk_percent")),
              Map.entry("uptime_seconds", fresh("s.uptime_seconds"))));

  private SqlDeviceFields() {}

  private static SqlField.Attributes attributes(String key) {
    return SqlField.attributes("device_attr", "device_id", key);
  }

  /// As [muster.device.Presence#of].
  private static Sql status(Instant now) {
    return Sql.of(
        "case when s.online_until <= ? then 'offline'"
            + " when s.uncertain = 1 then 'unknown' else 'online' end",
        now.toEpochMilli());
  }

  private static SqlField fresh(String column) {
    return SqlField.expression(now ->
            Sql.of(
                "case when s.sampled_at > ? then " + column + " end",
                now.minus(DeviceFields.FRESH).toEpochMilli()))
        .withNulls();
  }
}
