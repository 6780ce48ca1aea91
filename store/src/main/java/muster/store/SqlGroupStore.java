package muster.store;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import muster.group.DeviceGroup;
import muster.group.GroupStore;
import muster.id.DeviceId;
import muster.id.GroupId;

/// Groups in the table `device_group`, their members in `device_group_member`.
public final class SqlGroupStore implements GroupStore {
  private final SqliteDatabase database;

  public SqlGroupStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(DeviceGroup group) {
    database
        .writing()
        .update(
            "insert into device_group (id, name, description, created_at) values (?, ?, ?, ?)",
            group.id().value(),
            group.name(),
            SqlValues.orNull(group.description()),
            SqlValues.millis(group.createdAt()));
  }

  @Override
  public Optional<DeviceGroup> find(GroupId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from device_group where id = ?", SqlGroupStore::group, id.value()));
  }

  @Override
  public boolean isNameTaken(String name) {
    return database
        .read(connection ->
            connection.queryOne(
                "select 1 as n from device_group where name = ?", row -> row.number("n"), name))
        .isPresent();
  }

  @Override
  public List<DeviceGroup> all() {
    return database.read(connection ->
        connection.query("select * from device_group order by name", SqlGroupStore::group));
  }

  @Override
  public boolean delete(GroupId id) {
    return database.writing().update("delete from device_group where id = ?", id.value()) > 0;
  }

  @Override
  public boolean add(GroupId group, DeviceId device) {
    return database
            .writing()
            .update(
                """
                insert into device_group_member (group_id, device_id)
                select ?, id from device where uid = ? on conflict do nothing
                """,
                group.value(),
                device.value())
        > 0;
  }

  @Override
  public boolean remove(GroupId group, DeviceId device) {
    return database
            .writing()
            .update(
                """
                delete from device_group_member
                where group_id = ? and device_id = (select id from device where uid = ?)
                """,
                group.value(),
                device.value())
        > 0;
  }

  @Override
  public List<DeviceId> members(GroupId group) {
    return database.read(connection ->
        connection.query(
            """
            select d.uid from device_group_member m join device d on d.id = m.device_id
            where m.group_id = ? order by d.uid
            """,
            row -> new DeviceId(row.text("uid")),
            group.value()));
  }

  @Override
  public int size(GroupId group) {
    return database
        .read(connection ->
            connection.queryOne(
                "select count(*) as n from device_group_member where group_id = ?",
                row -> (int) row.number("n"),
                group.value()))
        .orElseThrow();
  }

  @Override
  public Map<DeviceId, List<DeviceGroup>> of(Collection<DeviceId> devices) {
    record Membership(DeviceId device, DeviceGroup group) {}
    String places = String.join(",", Collections.nCopies(devices.size(), "?"));
    return database
        .read(connection ->
            connection.query(
                """
                select d.uid, g.* from device_group g
                  join device_group_member m on m.group_id = g.id
                  join device d on d.id = m.device_id
                where d.uid in (\
                """
                    + places
                    + ") order by g.name",
                row -> new Membership(new DeviceId(row.text("uid")), group(row)),
                devices.stream().map(DeviceId::value).toArray()))
        .stream()
        .collect(
            Collectors.groupingBy(
                Membership::device, Collectors.mapping(Membership::group, Collectors.toList())));
  }

  private static DeviceGroup group(SqlRow row) {
    return new DeviceGroup(
        new GroupId(row.text("id")),
        row.text("name"),
        row.optText("description"),
        row.instant("created_at"));
  }
}
