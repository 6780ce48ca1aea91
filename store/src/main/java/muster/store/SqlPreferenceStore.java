package muster.store;

import java.util.List;
import java.util.Optional;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.routing.Preference;
import muster.routing.PreferenceStore;

/// Preferences in the table `routing_preference`.
public final class SqlPreferenceStore implements PreferenceStore {
  private static final String SELECT =
      """
      select p.tool, p.group_id, p.fallback, p.updated_at, d.uid as device_uid
      from routing_preference p left join device d on d.id = p.device_id
      """;

  private final SqliteDatabase database;

  public SqlPreferenceStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void save(Preference preference) {
    Optional<String> device =
        preference.target() instanceof Preference.Target.OneDevice one
            ? Optional.of(one.id().value())
            : Optional.empty();
    Optional<String> group =
        preference.target() instanceof Preference.Target.OneOfGroup one
            ? Optional.of(one.id().value())
            : Optional.empty();
    database
        .writing()
        .update(
            """
            insert into routing_preference (tool, device_id, group_id, fallback, updated_at)
            values (?, (select id from device where uid = ?), ?, ?, ?)
            on conflict (tool) do update set device_id = excluded.device_id,
              group_id = excluded.group_id, fallback = excluded.fallback,
              updated_at = excluded.updated_at
            """,
            preference.tool(),
            SqlValues.orNull(device),
            SqlValues.orNull(group),
            SqlValues.flag(preference.fallback()),
            SqlValues.millis(preference.updatedAt()));
  }

  @Override
  public Optional<Preference> find(String tool) {
    return database.read(connection ->
        connection.queryOne(SELECT + " where p.tool = ?", SqlPreferenceStore::preference, tool));
  }

  @Override
  public List<Preference> all() {
    return database.read(connection ->
        connection.query(SELECT + " order by p.tool", SqlPreferenceStore::preference));
  }

  @Override
  public boolean delete(String tool) {
    return database.writing().update("delete from routing_preference where tool = ?", tool) > 0;
  }

  private static Preference preference(SqlRow row) {
    Preference.Target target =
        row.optText("device_uid")
            .<Preference.Target>map(id -> new Preference.Target.OneDevice(new DeviceId(id)))
            .orElseGet(() -> new Preference.Target.OneOfGroup(new GroupId(row.text("group_id"))));
    return new Preference(
        row.text("tool"), target, row.flag("fallback"), row.instant("updated_at"));
  }
}
