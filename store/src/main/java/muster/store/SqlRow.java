package muster.store;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The present row of a result, by column name.
final class SqlRow {
  private final ResultSet rows;
  private final Map<String, Integer> places;

  /// @param places of the columns, as [#places] tells them
  SqlRow(ResultSet rows, Map<String, Integer> places) {
    this.rows = rows;
    this.places = places;
  }

  /// Where each column stands: told once for a statement, since the driver would search for each
  /// column of each result anew.
  static Map<String, Integer> places(ResultSet rows) throws SQLException {
    ResultSetMetaData columns = rows.getMetaData();
    Map<String, Integer> places = HashMap.newHashMap(columns.getColumnCount());
    for (int place = 1; place <= columns.getColumnCount(); place++) {
      places.putIfAbsent(columns.getColumnLabel(place), place);
    }
    return places;
  }

  private int place(String column) {
    Integer place = places.get(column);
    if (place == null) {
      throw new IllegalArgumentException(column + " is none of " + places.keySet());
    }
    return place;
  }

  String text(String column) {
    try {
      String value = rows.getString(place(column));
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
      return Optional.ofNullable(rows.getString(place(column)));
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  long number(String column) {
    try {
      return rows.getLong(place(column));
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  boolean flag(String column) {
    return number(column) != 0;
  }

  Optional<Long> optNumber(String column) {
    try {
      long value = rows.getLong(place(column));
      return rows.wasNull() ? Optional.empty() : Optional.of(value);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  Optional<Double> optReal(String column) {
    try {
      double value = rows.getDouble(place(column));
      return rows.wasNull() ? Optional.empty() : Optional.of(value);
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }

  /// The value as the driver has it: null, a string, a number.
  @Nullable Object value(String column) {
    try {
      return rows.getObject(place(column));
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
      byte[] value = rows.getBytes(place(column));
      return value == null ? new byte[0] : value;
    } catch (SQLException e) {
      throw new StoreException(column, e);
    }
  }
}
