package muster.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.DeviceQuery;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Page;

/// Devices in the tables `device`, `device_state` and `device_attr`.
public final class SqlDeviceStore implements DeviceStore {
  private static final String TABLES = "device d join device_state s on s.id = d.id";
  private static final String FROM = " from " + TABLES;
  private static final String SELECT = "select d.*, s.*" + FROM;

  private static final int MAX_RECENT = 20_000;

  private final SqliteDatabase database;
  private final RecentReads<DeviceId, Device> recent = new RecentReads<>(MAX_RECENT);

  public SqlDeviceStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Device device) {
    long row =
        database
            .writing()
            .queryOne(
                """
                insert into device (uid, name, approval, condition, device_type, platform,
                  architecture, os_version, hostname, agent_version, hardware_id, tags,
                  capabilities, policy, system, metadata, created_at, updated_at, approved_at,
                  blocked_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id
                """,
                result -> result.number("id"),
                device.id().value(),
                device.name(),
                device.approval().word(),
                device.condition().word(),
                SqlValues.orNull(device.facts().deviceType()),
                SqlValues.orNull(device.facts().platform()),
                SqlValues.orNull(device.facts().architecture()),
                SqlValues.orNull(device.facts().osVersion()),
                SqlValues.orNull(device.facts().hostname()),
                SqlValues.orNull(device.facts().agentVersion()),
                SqlValues.orNull(device.hardwareId()),
                SqlValues.json(device.tags()),
                SqlValues.json(device.facts().capabilities()),
                SqlValues.orNull(device.facts().policy().map(SqlDeviceStore::policy)),
                SqlValues.json(device.facts().system()),
                SqlValues.json(device.metadata()),
                SqlValues.millis(device.createdAt()),
                SqlValues.millis(device.updatedAt()),
                SqlValues.millis(device.decisions().approvedAt()),
                SqlValues.millis(device.decisions().blockedAt()))
            .orElseThrow();
    insertAttributes(row, device);
    database
        .writing()
        .update(
            "insert into device_state (id, epoch, online_until, uncertain, announced)"
                + " values (?, 0, 0, 0, 0)",
            row);
    saveState(device.id(), device.state());
  }

  private void insertAttributes(long row, Device device) {
    for (String tag : device.tags()) {
      insertAttribute(row, "tag", tag);
    }
    for (String capability : device.facts().capabilities()) {
      insertAttribute(row, "capability", capability);
    }
    device.metadata().forEach((key, value) -> insertAttribute(row, "metadata." + key, value));
  }

  private void insertAttribute(long row, String key, String value) {
    database
        .writing()
        .update(
            "insert into device_attr (key, value, device_id) values (?, ?, ?)"
                + " on conflict do nothing",
            key,
            value,
            row);
  }

  @Override
  public Optional<Device> find(DeviceId id) {
    // Inside a transaction its own changes must be seen, and they must not leave it.
    return database.isInTransaction() ? read(id) : recent.get(id, () -> read(id));
  }

  private Optional<Device> read(DeviceId id) {
    return database.read(connection ->
        connection.queryOne(SELECT + " where d.uid = ?", SqlDeviceStore::device, id.value()));
  }

  @Override
  public Optional<Device> findByHardwareId(String hardwareId) {
    return database.read(connection ->
        connection.queryOne(
            SELECT + " where d.hardware_id = ?", SqlDeviceStore::device, hardwareId));
  }

  @Override
  public boolean isNameTaken(String name) {
    return database.read(connection ->
        connection
            .queryOne("select 1 from device where name = ? limit 1", row -> true, name)
            .isPresent());
  }

  @Override
  public Page<Device> find(DeviceQuery query, Instant now) {
    return database.read(connection -> connection.inSnapshot(() -> page(connection, query, now)));
  }

  private static Page<Device> page(SqlConnection connection, DeviceQuery query, Instant now) {
    PagedSql paged =
        SqlDeviceFields.SQL.page(
            query.filter(),
            query.order(),
            query.page(),
            now,
            sql -> connection.query(sql.text(), sql.binds(), row -> row.number("n")).getFirst());
    return paged.fetch(connection, "d.*, s.*", TABLES, SqlDeviceStore::device);
  }

  @Override
  public Counts count(Filter filter, Instant now) {
    Sql where = SqlDeviceFields.SQL.where(filter, now);
    Sql sql =
        Sql.concat(
            Sql.of(
                "select count(*) as total, coalesce(sum(s.online_until > ?), 0) as online",
                now.toEpochMilli()),
            Sql.of(FROM + " where "),
            where);
    return database.read(connection ->
        connection
            .query(
                sql.text(),
                sql.binds(),
                row -> new Counts(row.number("total"), row.number("online")))
            .getFirst());
  }

  /// All are counted without looking at any; of a negation, so are those that it leaves out.
  @Override
  public long total(Filter filter, Instant now) {
    Sql all = Sql.of("(select count(*) from device)");
    Sql sql =
        switch (filter) {
          case Filter.And(List<Filter> parts) when parts.isEmpty() -> all;
          case Filter.Not(Filter part) -> Sql.concat(all, Sql.of(" - "), counted(part, now));
          default -> counted(filter, now);
        };
    Sql asked = Sql.concat(Sql.of("select "), sql, Sql.of(" as n"));
    return database.read(connection ->
        connection.query(asked.text(), asked.binds(), row -> row.number("n")).getFirst());
  }

  private static Sql counted(Filter filter, Instant now) {
    Sql where = SqlDeviceFields.SQL.where(filter, now);
    String from = where.text().contains("s.") ? FROM : " from device d";
    return Sql.concat(Sql.of("(select count(*)" + from + " where "), where, Sql.of(")"));
  }

  @Override
  public void update(Device device) {
    boolean sameAttributes = hasAttributesOf(device);
    long row =
        database
            .writing()
            .queryOne(
                """
                update device set name = ?, approval = ?, condition = ?, device_type = ?,
                  platform = ?, architecture = ?, os_version = ?, hostname = ?, agent_version = ?,
                  hardware_id = ?, tags = ?, capabilities = ?, policy = ?, system = ?,
                  metadata = ?, updated_at = ?, approved_at = ?, blocked_at = ?
                where uid = ? returning id
                """,
                result -> result.number("id"),
                device.name(),
                device.approval().word(),
                device.condition().word(),
                SqlValues.orNull(device.facts().deviceType()),
                SqlValues.orNull(device.facts().platform()),
                SqlValues.orNull(device.facts().architecture()),
                SqlValues.orNull(device.facts().osVersion()),
                SqlValues.orNull(device.facts().hostname()),
                SqlValues.orNull(device.facts().agentVersion()),
                SqlValues.orNull(device.hardwareId()),
                SqlValues.json(device.tags()),
                SqlValues.json(device.facts().capabilities()),
                SqlValues.orNull(device.facts().policy().map(SqlDeviceStore::policy)),
                SqlValues.json(device.facts().system()),
                SqlValues.json(device.metadata()),
                SqlValues.millis(device.updatedAt()),
                SqlValues.millis(device.decisions().approvedAt()),
                SqlValues.millis(device.decisions().blockedAt()),
                device.id().value())
            .orElseThrow(() -> new IllegalStateException("no device " + device.id()));
    if (!sameAttributes) {
      database.writing().update("delete from device_attr where device_id = ?", row);
      insertAttributes(row, device);
    }
    changed(device.id());
  }

  /// Whether what [#insertAttributes] goes by is stored as it is, and as it is spelt.
  private boolean hasAttributesOf(Device device) {
    return database
        .writing()
        .queryOne(
            """
            select 1 as n from device
            where uid = ? and tags = ? and capabilities = ? and metadata = ?
            """,
            row -> row.number("n"),
            device.id().value(),
            SqlValues.json(device.tags()),
            SqlValues.json(device.facts().capabilities()),
            SqlValues.json(device.metadata()))
        .isPresent();
  }

  private void changed(DeviceId id) {
    database.afterCommit(() -> recent.forget(id));
  }

  @Override
  public boolean delete(DeviceId id) {
    changed(id);
    return database.writing().update("delete from device where uid = ?", id.value()) > 0;
  }

  @Override
  public boolean saveState(DeviceId id, DeviceState state) {
    changed(id);
    Optional<Health> health = state.health();
    List<Double> load = health.map(Health::loadAverage).orElse(List.of());
    return database
            .writing()
            .update(
                """
                update device_state set epoch = ?, online_until = ?, uncertain = ?, announced = ?,
                  since = ?, last_seen = ?, address = ?, ended = ?, sampled_at = ?,
                  cpu_percent = ?, memory_percent = ?, disk_percent = ?, load1 = ?, load5 = ?,
                  load15 = ?, uptime_seconds = ?, cpu_temp = ?, memory_total = ?,
                  network_sent = ?, network_received = ?
                where id = (select id from device where uid = ?) and epoch <= ?
                """,
                state.epoch(),
                SqlValues.millis(state.onlineUntil()),
                SqlValues.flag(state.uncertain()),
                SqlValues.flag(state.announced()),
                SqlValues.millis(state.since()),
                SqlValues.millis(state.lastSeen()),
                SqlValues.orNull(state.address()),
                SqlValues.orNull(state.ended().map(LinkEnd::word)),
                SqlValues.millis(health.map(Health::at)),
                SqlValues.orNull(health.flatMap(Health::cpuPercent)),
                SqlValues.orNull(health.flatMap(Health::memoryPercent)),
                SqlValues.orNull(health.flatMap(Health::diskPercent)),
                load.isEmpty() ? null : load.get(0),
                load.isEmpty() ? null : load.get(1),
                load.isEmpty() ? null : load.get(2),
                SqlValues.orNull(health.flatMap(Health::uptimeSeconds)),
                SqlValues.orNull(health.flatMap(Health::cpuTempCelsius)),
                SqlValues.orNull(health.flatMap(Health::memoryTotalBytes)),
                SqlValues.orNull(health.flatMap(Health::networkBytesSent)),
                SqlValues.orNull(health.flatMap(Health::networkBytesReceived)),
                id.value(),
                state.epoch())
        > 0;
  }

  @Override
  public int saveStates(Map<DeviceId, DeviceState> states) {
    int stored = 0;
    for (Map.Entry<DeviceId, DeviceState> entry : states.entrySet()) {
      if (saveState(entry.getKey(), entry.getValue())) {
        stored++;
      }
    }
    return stored;
  }

  @Override
  public int held() {
    return database
        .read(connection ->
            connection.queryOne(
                "select count(*) as n from device_state where online_until = ?",
                row -> (int) row.number("n"),
                SqlValues.millis(DeviceState.HELD)))
        .orElseThrow();
  }

  @Override
  public int awaitReturn(Instant now, Instant until, Instant latest) {
    database.afterCommit(recent::forgetAll);
    long held = SqlValues.millis(DeviceState.HELD);
    return database
        .writing()
        .update(
            """
            update device_state set online_until = ?, uncertain = 1,
              ended = case when online_until = ? then ? else ended end
            where online_until = ? or (announced = 1 and online_until > ?
              and (online_until < ? or online_until > ?))
            """,
            SqlValues.millis(until),
            held,
            LinkEnd.RESTART.word(),
            held,
            SqlValues.millis(now),
            SqlValues.millis(until),
            SqlValues.millis(latest));
  }

  @Override
  public Map<DeviceId, Instant> openLeases() {
    record Lease(DeviceId device, Instant end) {}
    Map<DeviceId, Instant> leases = new HashMap<>();
    database
        .read(connection ->
            connection.query(
                "select d.uid, s.online_until"
                    + FROM
                    + " where s.announced = 1 and s.online_until <> ?",
                row -> new Lease(new DeviceId(row.text("uid")), row.instant("online_until")),
                SqlValues.millis(DeviceState.HELD)))
        .forEach(lease -> leases.put(lease.device(), lease.end()));
    return leases;
  }

  private static Device device(SqlRow row) {
    return new Device(
        new DeviceId(row.text("uid")),
        row.text("name"),
        new TreeSet<>(SqlValues.texts(row.text("tags"))),
        Approval.valueOf(row.text("approval").toUpperCase(Locale.ROOT)),
        Condition.valueOf(row.text("condition").toUpperCase(Locale.ROOT)),
        new DeviceFacts(
            row.optText("device_type"),
            row.optText("agent_version"),
            row.optText("hostname"),
            row.optText("platform"),
            row.optText("architecture"),
            row.optText("os_version"),
            SqlValues.texts(row.text("capabilities")),
            row.optText("policy").map(SqlDeviceStore::policy),
            SqlValues.textMap(row.text("system"))),
        SqlValues.textMap(row.text("metadata")),
        row.optText("hardware_id"),
        row.instant("created_at"),
        row.instant("updated_at"),
        new Decisions(row.optInstant("approved_at"), row.optInstant("blocked_at")),
        state(row));
  }

  /// The rules of one in force, or why it is broken: its state is the first word.
  private static String policy(DevicePolicy policy) {
    return switch (policy.state()) {
      case NONE -> "none";
      case IN_FORCE -> "in_force " + SqlValues.json(policy.rules());
      case BROKEN -> "broken " + policy.problem().orElse("");
    };
  }

  private static DevicePolicy policy(String column) {
    String[] words = column.split(" ", 2);
    return switch (words[0]) {
      case "none" -> DevicePolicy.NONE;
      case "in_force" ->
          new DevicePolicy(DevicePolicy.State.IN_FORCE, Optional.empty(), SqlValues.map(words[1]));
      case "broken" -> new DevicePolicy(DevicePolicy.State.BROKEN, Optional.of(words[1]), Map.of());
      default -> throw new IllegalStateException("broken policy in the store");
    };
  }

  private static DeviceState state(SqlRow row) {
    return new DeviceState(
        row.number("epoch"),
        row.instant("online_until"),
        row.flag("uncertain"),
        row.flag("announced"),
        row.optInstant("since"),
        row.optInstant("last_seen"),
        row.optText("address"),
        row.optText("ended").map(LinkEnd::ofWord),
        row.optInstant("sampled_at").map(at -> health(at, row)));
  }

  private static Health health(Instant at, SqlRow row) {
    List<Double> load = new ArrayList<>();
    for (String column : List.of("load1", "load5", "load15")) {
      row.optReal(column).ifPresent(load::add);
    }
    return new Health(
        at,
        row.optReal("cpu_percent"),
        row.optReal("memory_percent"),
        row.optReal("disk_percent"),
        load,
        row.optNumber("uptime_seconds"),
        row.optReal("cpu_temp"),
        row.optNumber("memory_total"),
        row.optNumber("network_sent"),
        row.optNumber("network_received"));
  }
}
