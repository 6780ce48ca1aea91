package muster.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.work.Trace;
import org.jspecify.annotations.Nullable;

/// A JDBC connection with its prepared statements kept. Belongs to one thread.
final class SqlConnection implements AutoCloseable {
  /// Filters make statements without end; the fixed ones are far fewer than this.
  private static final int MAX_STATEMENTS = 256;

  private final Connection connection;
  private final boolean reader;
  private final Map<String, Prepared> statements = new HashMap<>();

  /// @param reader whether it is for reads outside of transactions
  SqlConnection(Connection connection, boolean reader) {
    this.connection = connection;
    this.reader = reader;
  }

  void execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new StoreException(sql, e);
    }
  }

  /// Runs an insert, update or delete; returns how many rows it touched.
  int update(String sql, @Nullable Object... binds) {
    long began = Trace.isOn() ? System.nanoTime() : 0;
    try {
      return bound(sql, List.of(), binds).statement.executeUpdate();
    } catch (SQLException e) {
      throw failed(sql, e);
    } finally {
      Trace.statement(sql, began);
    }
  }

  <T> List<T> query(String sql, Function<SqlRow, T> mapper, @Nullable Object... binds) {
    return query(sql, List.of(), mapper, binds);
  }

  <T> List<T> query(
      String sql, List<?> moreBinds, Function<SqlRow, T> mapper, @Nullable Object... binds) {
    long began = Trace.isOn() ? System.nanoTime() : 0;
    try {
      List<T> found = new ArrayList<>();
      Prepared prepared = bound(sql, moreBinds, binds);
      try (ResultSet rows = prepared.statement.executeQuery()) {
        SqlRow row = new SqlRow(rows, prepared.places(rows));
        while (rows.next()) {
          found.add(mapper.apply(row));
        }
      }
      return found;
    } catch (SQLException e) {
      throw failed(sql, e);
    } finally {
      Trace.statement(sql, began);
    }
  }

  /// After some failures, a full disk among them, the driver has finalised the statement and would
  /// refuse it for ever: it is prepared anew the next time.
  private StoreException failed(String sql, SQLException problem) {
    Prepared prepared = statements.remove(sql);
    try {
      if (prepared != null) {
        prepared.statement.close();
      }
    } catch (SQLException e) {
      problem.addSuppressed(e);
    }
    return new StoreException(sql, problem);
  }

  <T> Optional<T> queryOne(String sql, Function<SqlRow, T> mapper, @Nullable Object... binds) {
    List<T> found = query(sql, mapper, binds);
    return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst());
  }

  /// Runs several reads on one state of the database; the writing connection is in a transaction
  /// anyway.
  <T> T inSnapshot(Supplier<T> reads) {
    if (!reader) {
      return reads.get();
    }
    execute("begin");
    try {
      return reads.get();
    } finally {
      execute("rollback");
    }
  }

  private Prepared bound(String sql, List<?> moreBinds, @Nullable Object... binds)
      throws SQLException {
    Prepared prepared = statements.get(sql);
    if (prepared == null) {
      if (statements.size() >= MAX_STATEMENTS) {
        for (Prepared old : statements.values()) {
          old.statement.close();
        }
        statements.clear();
      }
      prepared = new Prepared(connection.prepareStatement(sql));
      statements.put(sql, prepared);
    }
    int index = 1;
    for (Object value : binds) {
      prepared.statement.setObject(index++, value);
    }
    for (Object value : moreBinds) {
      prepared.statement.setObject(index++, value);
    }
    return prepared;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new StoreException("close", e);
    }
  }

  /// A statement and, after its first result, where its columns stand.
  private static final class Prepared {
    final PreparedStatement statement;
    private @Nullable Map<String, Integer> places;

    Prepared(PreparedStatement statement) {
      this.statement = statement;
    }

    /// A change of the schema changes the columns of a `select *`; statements are made after the
    /// migrations.
    Map<String, Integer> places(ResultSet rows) throws SQLException {
      Map<String, Integer> known = places;
      if (known == null) {
        known = SqlRow.places(rows);
        places = known;
      }
      return known;
    }
  }
}
