package muster.it.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import muster.testkit.TestMuster;

/// All that a server keeps: the rows of its tables and the names of its files, without what changes
/// while nobody does anything.
record Contents(Map<String, Set<String>> rows) {
  /// Devices come and go, and are heard of.
  private static final Set<String> OF_TIME = Set.of("device_state", "connection");

  private static final Set<String> COLUMNS_OF_TIME = Set.of("credential.last_used_at");
  private static final String WITHOUT_PRESENCE =
      " where type not in ('device.online', 'device.offline')";

  /// @param without tables that are not looked at
  static Contents of(TestMuster muster, String... without) {
    Map<String, Set<String>> rows = new TreeMap<>();
    try (Connection connection = connection(muster);
        Statement statement = connection.createStatement()) {
      for (String table : tables(connection)) {
        if (!OF_TIME.contains(table) && !List.of(without).contains(table)) {
          String where = table.equals("event") ? WITHOUT_PRESENCE : "";
          rows.put(table, rows(statement, table, where));
        }
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    for (String directory : List.of("recordings", "server/spool", "server/binaries")) {
      rows.put(directory, files(muster.data().resolve(directory)));
    }
    return new Contents(rows);
  }

  static Connection connection(TestMuster muster) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
  }

  static List<String> tables(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet names =
            statement.executeQuery(
                "select name from sqlite_master where type = 'table'"
                    + " and name not like 'sqlite%' and name not like '%fts%'"
                    + " and name not like 'flyway%'")) {
      while (names.next()) {
        tables.add(names.getString(1));
      }
    }
    return tables;
  }

  private static Set<String> rows(Statement statement, String table, String where)
      throws SQLException {
    Set<String> rows = new TreeSet<>();
    try (ResultSet found = statement.executeQuery("select * from " + table + where)) {
      while (found.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
          String column = found.getMetaData().getColumnName(i);
          if (!COLUMNS_OF_TIME.contains(table + "." + column)) {
            row.append(column).append('=').append(found.getString(i)).append(' ');
          }
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  /// One that is complete and has become nothing is still what it was.
  private static Set<String> files(Path directory) {
    if (!Files.exists(directory)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return new TreeSet<>(
          files
              .map(file -> String.valueOf(file.getFileName()).replaceFirst("\\.part$", ""))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What has come since, and what has gone; a row that was changed has done both.
  List<String> since(Contents before) {
    List<String> changes = new ArrayList<>();
    rows.forEach((table, now) -> {
      Set<String> then = before.rows.getOrDefault(table, Set.of());
      now.stream()
          .filter(row -> !then.contains(row))
          .forEach(row -> changes.add(table + " + " + row));
      then.stream()
          .filter(row -> !now.contains(row))
          .forEach(row -> changes.add(table + " - " + row));
    });
    return changes;
  }
}
