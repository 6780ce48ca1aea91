package muster.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The present row of a result, by column name.
final class SqlRow {
  private final ResultSet rows;

  SqlRow(ResultSet rows) {
    this.rows = rows;
  }

  String text(String column) {
    try {
      String value = rows.getString(column);
      if (value == null) {
        throw new IllegalStateException(column + " is null");
      }
      return value;
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  Optional<String> optText(String column) {
    try {
      return Optional.ofNullable(rows.getString(column));
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  long number(String column) {
    try {
      return rows.getLong(column);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  boolean flag(String column) {
    return number(column) != 0;
  }

  Optional<Long> optNumber(String column) {
    try {
      long value = rows.getLong(column);
      return rows.wasNull() ? Optional.empty() : Optional.of(value);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  Optional<Double> optReal(String column) {
    try {
      double value = rows.getDouble(column);
      return rows.wasNull() ? Optional.empty() : Optional.of(value);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  /// The value as the driver has it: null, a string, a number.
  @Nullable Object value(String column) {
    try {
      return rows.getObject(column);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  Instant instant(String column) {
    return Instant.ofEpochMilli(number(column));
  }

  Optional<Instant> optInstant(String column) {
    return optNumber(column).map(Instant::ofEpochMilli);
  }

  byte[] bytes(String column) {
    try {
      byte[] value = rows.getBytes(column);
      return value == null ? new byte[0] : value;
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }
}
