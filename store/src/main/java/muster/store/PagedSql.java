package muster.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import muster.page.Cursor;
import muster.page.Page;
import muster.page.PageRequest;
import org.jspecify.annotations.Nullable;

/// The statements that read one page of a list. Made by [FilterSql#page], [#newestFirst] or
/// [#inOrder].
///
/// What follows a cursor is split into ranges, each of which an index can be told as it is: behind
/// `(last_seen, id) = (v, 7)` in descending order come first the rows with `(last_seen, id) < (v,
/// 7)`, then those without a `last_seen`. As one condition with OR it would make SQLite read and
/// drop everything before the cursor. The ranges are read one after the other until the page is
/// full, mostly only the first; so read a page in one transaction.
final class PagedSql {

  /// One key of the order, the id being the last.
  record Key(Sql sql, boolean nocase, boolean descending, boolean nullable) {

    Sql collated() {
      return nocase ? sql.then(" collate nocase") : sql;
    }

    /// Rows strictly after a value.
    Sql after(Object value) {
      return collated().then(descending ? " < ?" : " > ?", value);
    }

    Sql sameAs(@Nullable Object value) {
      return value == null ? sql.then(" is null") : collated().then(" = ?", value);
    }

    Sql order() {
      return collated().then(descending ? " desc" : "").then(nullable ? " nulls last" : "");
    }
  }

  /// An item and its place in the list.
  record Row<T>(T item, Cursor place) {}

  /// Runs a statement that ends with `tail`.
  @FunctionalInterface
  interface Source<T, E extends Exception> {
    List<Row<T>> rows(Sql tail) throws E;
  }

  private static final String PREFIX = "sort_";

  private final Sql where;
  private final List<Key> keys;
  private final PageRequest request;

  PagedSql(Sql where, List<Key> keys, PageRequest request) {
    this.where = where;
    this.keys = List.copyOf(keys);
    this.request = request;
  }

  /// By a number that every row has and that rises.
  static PagedSql newestFirst(String number, Sql where, PageRequest request) {
    return new PagedSql(where, List.of(new Key(Sql.of(number), false, true, false)), request);
  }

  static PagedSql inOrder(String number, Sql where, PageRequest request) {
    return new PagedSql(where, List.of(new Key(Sql.of(number), false, false, false)), request);
  }

  /// Reads the page; in one transaction, or rows that move meanwhile are lost or come twice.
  ///
  /// @param select what each item is made of, after which the keys are selected
  /// @param from the rest of the statement up to its conditions
  <T> Page<T> fetch(
      SqlConnection connection, String select, String from, Function<SqlRow, T> item) {
    Sql head = Sql.concat(Sql.of("select " + select + ", "), columns(), Sql.of(" from " + from));
    return fetch(tail -> {
      Sql sql = Sql.concat(head, tail);
      return connection.query(sql.text(), sql.binds(), row -> row(row::value, item.apply(row)));
    });
  }

  /// What the statement must select besides its own columns, for [#row].
  Sql columns() {
    List<Sql> columns = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      columns.add(keys.get(i).sql.then(" as " + PREFIX + i));
    }
    return Sql.join(", ", columns);
  }

  /// The item read from the current row, with its place.
  ///
  /// @param column the row's values by column name
  <T> Row<T> row(Function<String, @Nullable Object> column, T item) {
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      values.add(wide(column.apply(PREFIX + i)));
    }
    Object id = Objects.requireNonNull(values.removeLast());
    return new Row<>(item, new Cursor(values, id));
  }

  private static @Nullable Object wide(@Nullable Object value) {
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  /// Reads the page. The tail holds where, order by and limit.
  <T, E extends Exception> Page<T> fetch(Source<T, E> source) throws E {
    List<Row<T>> rows = new ArrayList<>();
    for (Sql tail : tails()) {
      int wanted = request.size() + 1 - rows.size();
      rows.addAll(source.rows(tail.then(" limit ?", wanted)));
      if (rows.size() > request.size()) {
        break;
      }
    }
    boolean more = rows.size() > request.size();
    List<Row<T>> given = more ? rows.subList(0, request.size()) : rows;
    return new Page<>(
        given.stream().map(Row::item).toList(),
        more ? Optional.of(given.getLast().place()) : Optional.empty());
  }

  /// Where and order by, for each range in turn.
  List<Sql> tails() {
    Sql order = Sql.join(", ", keys.stream().map(Key::order).toList());
    List<Sql> tails = new ArrayList<>();
    for (Sql range : request.after().map(this::ranges).orElse(List.of(Sql.of("true")))) {
      tails.add(
          Sql.concat(
              Sql.of(" where "), where, Sql.of(" and "), range, Sql.of(" order by "), order));
    }
    return tails;
  }

  /// What comes after the cursor, nearest first. The last keys that run the same way are compared
  /// as one row value; nulls, which come after every value, are ranges of their own.
  private List<Sql> ranges(Cursor cursor) {
    List<@Nullable Object> values = new ArrayList<>(cursor.keys());
    values.add(cursor.id());
    if (values.size() != keys.size()) {
      throw new IllegalArgumentException(cursor + " (expected: of this order)");
    }
    int run = runStart(values);
    List<Sql> ranges = new ArrayList<>();
    ranges.add(within(run, values, beyond(run, values)));
    for (int i = run; i >= 0; i--) {
      Object value = values.get(i);
      if (value != null && i < run) {
        ranges.add(within(i, values, keys.get(i).after(value)));
      }
      if (value != null && keys.get(i).nullable) {
        ranges.add(within(i, values, keys.get(i).sameAs(null)));
      }
    }
    return ranges;
  }

  /// Where the row value starts: from there on all keys have one direction, and only the first may
  /// be null, though not in the cursor.
  private int runStart(List<@Nullable Object> values) {
    int run = keys.size() - 1;
    while (run > 0
        && keys.get(run - 1).descending == keys.get(run).descending
        && values.get(run - 1) != null
        && !keys.get(run).nullable) {
      run--;
    }
    return run;
  }

  private Sql within(int same, List<@Nullable Object> values, Sql rest) {
    List<Sql> all = new ArrayList<>();
    for (int i = 0; i < same; i++) {
      all.add(keys.get(i).sameAs(values.get(i)));
    }
    all.add(rest);
    return Sql.join(" and ", all);
  }

  private Sql beyond(int run, List<@Nullable Object> values) {
    Key first = keys.get(run);
    List<Sql> columns = new ArrayList<>();
    List<Sql> marks = new ArrayList<>();
    for (int i = run; i < keys.size(); i++) {
      columns.add(keys.get(i).collated());
      marks.add(Sql.of("?", Objects.requireNonNull(values.get(i))));
    }
    String sign = first.descending ? " < " : " > ";
    if (columns.size() == 1) {
      return Sql.concat(columns.getFirst(), Sql.of(sign), marks.getFirst());
    }
    Sql row =
        Sql.concat(
            Sql.of("("),
            Sql.join(", ", columns),
            Sql.of(")" + sign + "("),
            Sql.join(", ", marks),
            Sql.of(")"));
    if (!first.nocase) {
      return row;
    }
    // A collation hides the column of a row value from the planner, so the bound is said again.
    return Sql.concat(
        first.collated(),
        Sql.of(first.descending ? " <= " : " >= "),
        marks.getFirst(),
        Sql.of(" and "),
        row);
  }
}
