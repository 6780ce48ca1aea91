package muster.store;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// Looks for damage in a store's file, without changing it.
public final class StoreCheck {
  private static final int MOST_PROBLEMS = 10;

  private StoreCheck() {}

  /// Everything that is wrong in the file's structure: each page, index and reference is read.
  /// SQLite keeps no checksums, so a value that was changed in its place is not seen. Empty = well.
  public static List<String> problems(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(5_000);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    try (SqlConnection connection = new SqlConnection(source.getConnection(), true)) {
      List<String> problems =
          new ArrayList<>(problems(connection, "pragma integrity_check(" + MOST_PROBLEMS + ")"));
      connection
          .query("pragma foreign_key_check", row -> row.text("table") + ": a reference to nothing")
          .stream()
          .limit(MOST_PROBLEMS)
          .forEach(problems::add);
      return problems;
    } catch (SQLException e) {
      return List.of(String.valueOf(e.getMessage()));
    } catch (StoreException e) {
      return List.of(e.getMessage());
    }
  }

  /// As [#problems(Path)]; unless `closely`, without comparing indexes with their tables.
  static List<String> problems(SqlConnection connection, boolean closely) {
    String pragma = closely ? "integrity_check" : "quick_check";
    return problems(connection, "pragma " + pragma + "(" + MOST_PROBLEMS + ")");
  }

  private static List<String> problems(SqlConnection connection, String pragma) {
    return connection.query(pragma, row -> row.text(pragmaName(pragma))).stream()
        .filter(line -> !line.equals("ok"))
        .toList();
  }

  private static String pragmaName(String pragma) {
    return pragma.substring("pragma ".length(), pragma.indexOf('('));
  }
}
