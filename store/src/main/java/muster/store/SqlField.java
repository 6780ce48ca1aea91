package muster.store;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// Where the values of one filter field are in the database.
sealed interface SqlField {

  /// A column or an expression with at most one value per row: text for TEXT, NAME and ENUM (the
  /// words as the schema spells them), a number for NUMBER, milliseconds of the epoch for TIME.
  ///
  /// @param sql the expression at a moment; its values may depend on that, its text must not
  /// @param nullable whether it can be null; says so only where that is true, since orders over
  ///   nullable columns cost one query more
  /// @param trigrams a one-column FTS5 table over it, tokenized by `trigram` with default options,
  ///   its rowid the id of the row
  /// @param id the id of the row in the table of this column, which an order by it ends with, so
  ///   that its index is walked; empty when that is the id given to [FilterSql]
  record Column(
      Function<Instant, Sql> sql, boolean nullable, Optional<String> trigrams, Optional<String> id)
      implements SqlField {

    Column withNulls() {
      return new Column(sql, true, trigrams, id);
    }

    Column withTrigrams(String table) {
      return new Column(sql, nullable, Optional.of(table), id);
    }

    Column withId(String column) {
      return new Column(sql, nullable, trigrams, Optional.of(column));
    }
  }

  /// Rows of a table `(key, value, owner)`: for TAGS those with this key, for MAP those whose key
  /// is this one followed by the key asked for.
  ///
  /// @param owner the column that holds the id of the row they belong to
  record Attributes(String table, String owner, String key) implements SqlField {}

  /// A column that is never null.
  static Column column(String column) {
    return expression(now -> Sql.of(column));
  }

  /// An expression that is never null.
  static Column expression(Function<Instant, Sql> sql) {
    return new Column(sql, false, Optional.empty(), Optional.empty());
  }

  static Attributes attributes(String table, String owner, String key) {
    return new Attributes(table, owner, key);
  }
}
