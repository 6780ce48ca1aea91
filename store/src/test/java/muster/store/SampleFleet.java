package muster.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import muster.filter.Field;
import muster.filter.Filter;
import muster.filter.Kind;
import muster.filter.Order;
import muster.filter.Schema;
import muster.filter.Subject;
import muster.page.Page;
import muster.page.PageRequest;
import org.jspecify.annotations.Nullable;

/// Devices in an in-memory database, and the same devices as subjects.
final class SampleFleet implements AutoCloseable {
  static final Instant NOW = Instant.parse("2024-05-01T12:00:00Z");
  private static final Duration FRESH = Duration.ofMinutes(5);

  static final Schema SCHEMA =
      Schema.of(
          Field.of("id", Kind.TEXT),
          Field.of("name", Kind.NAME),
          Field.oneOf("status", "online", "offline", "unknown"),
          Field.of("device_type", Kind.TEXT).alias("type"),
          Field.of("platform", Kind.NAME),
          Field.of("tag", Kind.TAGS),
          Field.of("last_seen", Kind.TIME),
          Field.of("cpu_percent", Kind.NUMBER),
          Field.of("memory_percent", Kind.NUMBER),
          Field.of("metadata", Kind.MAP));

  static final FilterSql SQL =
      new FilterSql(
          SCHEMA,
          "d.id",
          Map.of(
              "id", SqlField.column("d.uid").withTrigrams("device_uid_fts"),
              "name", SqlField.column("d.name").withTrigrams("device_name_fts"),
              "status", SqlField.expression(SampleFleet::status).withNulls(),
              "device_type", SqlField.column("d.type").withNulls(),
              "platform", SqlField.column("d.platform").withNulls(),
              "tag", SqlField.attributes("device_attr", "device_id", "tag"),
              "last_seen", SqlField.column("s.last_seen").withNulls().withId("s.id"),
              "cpu_percent", SqlField.expression(now -> fresh("s.cpu", now)).withNulls(),
              "memory_percent", SqlField.expression(now -> fresh("s.memory", now)).withNulls(),
              "metadata", SqlField.attributes("device_attr", "device_id", "metadata.")));

  /// A device as the tables hold it; times in milliseconds.
  ///
  /// @param onlineUntil absent: no status; 0: unknown
  record Device(
      long id,
      String uid,
      String name,
      @Nullable String type,
      @Nullable String platform,
      @Nullable Long onlineUntil,
      @Nullable Long lastSeen,
      @Nullable Double cpu,
      @Nullable Double memory,
      long sampledAt,
      List<String> tags,
      Map<String, String> metadata)
      implements Subject {

    @Override
    public List<?> values(String field, String key) {
      boolean fresh = sampledAt > NOW.minus(FRESH).toEpochMilli();
      return switch (field) {
        case "id" -> List.of(uid);
        case "name" -> List.of(name);
        case "status" -> list(onlineUntil == null ? null : status(onlineUntil));
        case "device_type" -> list(type);
        case "platform" -> list(platform);
        case "tag" -> tags;
        case "last_seen" -> list(lastSeen == null ? null : Instant.ofEpochMilli(lastSeen));
        case "cpu_percent" -> list(fresh ? cpu : null);
        case "memory_percent" -> list(fresh ? memory : null);
        case "metadata" -> list(metadata.get(key));
        default -> throw new IllegalArgumentException(field);
      };
    }

    private static String status(long onlineUntil) {
      return onlineUntil == 0 ? "unknown" : onlineUntil > NOW.toEpochMilli() ? "online" : "offline";
    }

    private static List<Object> list(@Nullable Object value) {
      return value == null ? List.of() : List.of(value);
    }
  }

  final List<Device> devices;
  private final Connection connection;

  /// Pages are read as if each tag and part of a name were on a great many devices.
  boolean pretendMany;

  /// @param nocase whether the names' columns are declared case-insensitive
  SampleFleet(List<Device> devices, boolean nocase) throws SQLException {
    this.devices = devices;
    connection = DriverManager.getConnection("jdbc:sqlite::memory:");
    connection.setAutoCommit(false);
    String collate = nocase ? " collate nocase" : "";
    String detail = nocase ? ", detail = none" : "";
    for (String statement :
        List.of(
            "create table device (id integer primary key, uid text not null unique,"
                + " name text not null"
                + collate
                + ", type text, platform text"
                + collate
                + ") strict",
            "create index device_name on device (name collate nocase, id)",
            "create index device_type on device (type, id)",
            "create table device_state (id integer primary key, online_until integer,"
                + " last_seen integer, cpu real, memory real, sampled_at integer) strict",
            "create index device_state_last_seen on device_state (last_seen, id)",
            "create table device_attr (key text not null, value text not null,"
                + " device_id integer not null, primary key (key, value, device_id))"
                + " strict, without rowid",
            "create index device_attr_device on device_attr (device_id)",
            "create virtual table device_name_fts using fts5 (name, content = 'device',"
                + " content_rowid = 'id', tokenize = 'trigram'"
                + detail
                + ")",
            "create virtual table device_uid_fts using fts5 (uid, content = 'device',"
                + " content_rowid = 'id', tokenize = 'trigram'"
                + detail
                + ")")) {
      update(statement);
    }
    for (Device device : devices) {
      insert(device);
    }
    update("insert into device_name_fts (device_name_fts) values ('rebuild')");
    update("insert into device_uid_fts (device_uid_fts) values ('rebuild')");
    connection.commit();
  }

  private void insert(Device device) throws SQLException {
    update(
        "insert into device values (?, ?, ?, ?, ?)",
        device.id,
        device.uid,
        device.name,
        device.type,
        device.platform);
    update(
        "insert into device_state values (?, ?, ?, ?, ?, ?)",
        device.id,
        device.onlineUntil,
        device.lastSeen,
        device.cpu,
        device.memory,
        device.sampledAt);
    for (String tag : device.tags) {
      update("insert into device_attr values ('tag', ?, ?)", tag, device.id);
    }
    for (Map.Entry<String, String> entry : device.metadata.entrySet()) {
      update(
          "insert into device_attr values (?, ?, ?)",
          "metadata." + entry.getKey(),
          entry.getValue(),
          device.id);
    }
  }

  private static Sql status(Instant now) {
    return Sql.of(
        "case when s.online_until = 0 then 'unknown' when s.online_until > ? then 'online'"
            + " when s.online_until is not null then 'offline' end",
        now.toEpochMilli());
  }

  private static Sql fresh(String column, Instant now) {
    return Sql.of(
        "case when s.sampled_at > ? then " + column + " end", now.minus(FRESH).toEpochMilli());
  }

  Page<Long> page(Filter filter, Order order, PageRequest request) throws SQLException {
    PagedSql paged = SQL.page(filter, order, request, NOW, this::number);
    return paged.fetch(tail ->
        query(
            Sql.concat(head(paged), tail),
            row -> paged.row(row::get, (Long) Objects.requireNonNull(row.get("id")))));
  }

  long count(Filter filter) {
    Sql count =
        Sql.concat(
            Sql.of("select count(*) as n from device d join device_state s on s.id = d.id where "),
            SQL.where(filter, NOW));
    return number(count);
  }

  private long number(Sql sql) {
    try {
      long number = query(sql, row -> (Long) Objects.requireNonNull(row.get("n"))).getFirst();
      return pretendMany && sql.text().contains(" limit ") ? Long.MAX_VALUE : number;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// How SQLite would read each range of a page, one line a step.
  List<String> plans(Filter filter, Order order, PageRequest request) throws SQLException {
    PagedSql paged = SQL.page(filter, order, request, NOW, this::number);
    List<String> plans = new ArrayList<>();
    for (Sql tail : paged.tails()) {
      Sql explain =
          Sql.concat(Sql.of("explain query plan "), head(paged), tail, Sql.of(" limit 50"));
      plans.add(
          String.join("\n", query(explain, row -> (String) String.valueOf(row.get("detail")))));
    }
    return plans;
  }

  private static Sql head(PagedSql paged) {
    return Sql.concat(
        Sql.of("select d.id as id, "),
        paged.columns(),
        Sql.of(" from device d join device_state s on s.id = d.id"));
  }

  private <T> List<T> query(Sql sql, Function<Map<String, @Nullable Object>, T> mapper)
      throws SQLException {
    List<T> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.text())) {
      bind(statement, sql.binds().toArray());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Map<String, @Nullable Object> row = new HashMap<>();
          for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            Object value = rows.getObject(i);
            row.put(
                rows.getMetaData().getColumnLabel(i),
                value instanceof Integer n ? (Object) n.longValue() : value);
          }
          found.add(mapper.apply(row));
        }
      }
    } catch (SQLException e) {
      throw new SQLException(sql.toString(), e);
    }
    return found;
  }

  private void update(String sql, @Nullable Object... binds) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, binds);
      statement.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, @Nullable Object... binds)
      throws SQLException {
    for (int i = 0; i < binds.length; i++) {
      statement.setObject(i + 1, binds[i]);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
