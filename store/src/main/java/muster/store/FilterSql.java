package muster.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import muster.filter.Field;
import muster.filter.Filter;
import muster.filter.Kind;
import muster.filter.Op;
import muster.filter.Order;
import muster.filter.Schema;
import muster.filter.Value;
import muster.page.PageRequest;

/// Compiles the filters and orders of one resource to SQLite. Immutable; made once per resource.
///
/// It answers exactly as `Filter.matches` and `Order.comparator` do in memory; a property test
/// compares the two. What to know when changing it:
///
/// - A leaf may be null where its column is. At the top and under AND and OR null counts as false,
///   as it should; NOT is written `(…) is not true`, which takes null for false as well.
/// - SQLite's `like` ignores case and so cannot use an ordinary index: a prefix is a range, the
///   other patterns are `substr` and `instr`. Texts of kind NAME compare with `collate nocase`,
///   whose fold is that of ASCII, as `Kind.fold`; an index serves their order and prefixes when it
///   is over `(name collate nocase, id)`.
/// - A part of three or more characters asks the trigram index first for rows that hold all its
///   trigrams, then looks at each. Under a NOT that index could only say what to leave out, so
///   there each row of the walk is looked at; the same goes for attributes.
final class FilterSql {
  /// Enough trigrams to make the candidates few; the rest of a long needle is checked on the row.
  private static final int MAX_TRIGRAMS = 12;

  /// Up to so many rows are better fetched by id and sorted than met on a walk along the order.
  private static final int FEW = 2_000;

  private final String id;
  private final Map<String, SqlField> fields;

  /// @param id the column of the row's id in the queries that the conditions are put into
  /// @param fields by field name, one for each field of the schema
  FilterSql(Schema schema, String id, Map<String, SqlField> fields) {
    this.id = id;
    this.fields = Map.copyOf(fields);
    TreeSet<String> names = new TreeSet<>();
    for (Field field : schema.fields()) {
      names.add(field.name());
      if (field.kind().isSingle() != (fields.get(field.name()) instanceof SqlField.Column)) {
        throw new IllegalArgumentException(
            field.name() + " (expected: a column, or attributes for TAGS and MAP)");
      }
    }
    if (!names.equals(fields.keySet())) {
      throw new IllegalArgumentException(fields.keySet() + " (expected: " + names + ")");
    }
  }

  /// The condition alone, for counts and changes: true for the rows that match, false or null for
  /// the others.
  Sql where(Filter filter, Instant now) {
    return condition(filter, now, candidates -> true);
  }

  /// One page of a list.
  ///
  /// Whether to start from the rows that a tag or a part of a name gives, or to walk along the
  /// order and test each row, depends on how many rows that is: of a tag that a third of the fleet
  /// has, the one way fetches and sorts them all to show fifty. SQLite cannot know, so they are
  /// counted first, up to a small limit, unless the page is long enough to show them anyway.
  ///
  /// @param now what offsets such as `-10m` count from, and what expressions are taken at
  /// @param count runs a query for one number, its column `n`
  PagedSql page(
      Filter filter, Order order, PageRequest request, Instant now, ToLongFunction<Sql> count) {
    Predicate<Sql> few =
        candidates ->
            request.size() > FEW
                || count.applyAsLong(
                        Sql.concat(
                            Sql.of("select count(*) as n from ("),
                            candidates,
                            Sql.of(" limit ?)", FEW + 1)))
                    <= FEW;
    List<PagedSql.Key> keys = new ArrayList<>();
    String tieBreak = id;
    for (Order.Key key : order.keys()) {
      SqlField.Column column = column(key.field());
      boolean nocase = key.field().kind() == Kind.NAME;
      boolean descending = key.direction() == Order.Direction.DESC;
      keys.add(new PagedSql.Key(column.sql().apply(now), nocase, descending, column.nullable()));
      tieBreak = column.id().orElse(id);
    }
    boolean descending = order.tieBreak() == Order.Direction.DESC;
    keys.add(new PagedSql.Key(Sql.of(tieBreak), false, descending, false));
    return new PagedSql(condition(filter, now, few), keys, request);
  }

  /// @param few whether to start from these ids, given the query for them; under a NOT never
  private Sql condition(Filter filter, Instant now, Predicate<Sql> few) {
    return switch (filter) {
      case Filter.And(List<Filter> parts) ->
          parts.isEmpty() ? Sql.of("true") : joined(" and ", parts, now, few);
      case Filter.Or(List<Filter> parts) -> joined(" or ", parts, now, few);
      case Filter.Not(Filter part) ->
          Sql.concat(
              Sql.of("("), condition(part, now, candidates -> false), Sql.of(") is not true"));
      case Filter.Term term -> term(term, now, few);
    };
  }

  private Sql joined(String word, List<Filter> parts, Instant now, Predicate<Sql> few) {
    return joined(word, parts.stream().map(part -> condition(part, now, few)).toList());
  }

  private Sql term(Filter.Term term, Instant now, Predicate<Sql> few) {
    return switch (fields.get(term.field().name())) {
      case SqlField.Column column -> column(term, column, now, few);
      case SqlField.Attributes attributes -> attributes(term, attributes, now, few);
      case null -> throw new IllegalArgumentException(term.field() + " (expected: of the schema)");
    };
  }

  private SqlField.Column column(Field field) {
    if (fields.get(field.name()) instanceof SqlField.Column column) {
      return column;
    }
    throw new IllegalArgumentException(field + " (expected: a column of the schema)");
  }

  private Sql attributes(
      Filter.Term term, SqlField.Attributes attributes, Instant now, Predicate<Sql> few) {
    String from = " from " + attributes.table() + " a where a.key = ?";
    String owner = "a." + attributes.owner();
    Sql test = Sql.of("", attributes.key() + term.key());
    if (term.op() != Op.EXISTS) {
      test = Sql.concat(test, Sql.of(" and "), test(term, Sql.of("a.value"), now));
    }
    Sql owners = Sql.concat(Sql.of("select " + owner + from), test);
    return few.test(owners)
        ? in(owners)
        : Sql.concat(
            Sql.of("exists (select 1" + from), test, Sql.of(" and " + owner + " = " + id + ")"));
  }

  private Sql in(Sql ids) {
    return Sql.concat(Sql.of(id + " in ("), ids, Sql.of(")"));
  }

  private Sql column(Filter.Term term, SqlField.Column column, Instant now, Predicate<Sql> few) {
    Sql sql = column.sql().apply(now);
    if (term.op() == Op.EXISTS) {
      return sql.then(" is not null");
    }
    Sql test = test(term, sql, now);
    if (term.op() != Op.CONTAINS || column.trigrams().isEmpty()) {
      return test;
    }
    List<String> needles = texts(term);
    if (needles.stream().anyMatch(needle -> needle.codePointCount(0, needle.length()) < 3)) {
      return test;
    }
    String table = column.trigrams().get();
    Sql candidates =
        Sql.of("select rowid from " + table + " where " + table + " match ?", trigrams(needles));
    return few.test(candidates) ? joined(" and ", List.of(in(candidates), test)) : test;
  }

  /// Whether one value, which may be null, is what the term asks for.
  private static Sql test(Filter.Term term, Sql value, Instant now) {
    boolean nocase = term.field().kind() == Kind.NAME;
    return switch (term.op()) {
      case EQ ->
          term.field().kind() == Kind.TIME
              ? joined(
                  " or ",
                  term.values().stream().map(v -> during(value, (Value.Time) v, now)).toList())
              : value
                  .then(nocase ? " collate nocase" : "")
                  .then(
                      " in ("
                          + String.join(",", Collections.nCopies(term.values().size(), "?"))
                          + ")",
                      term.values().stream().map(v -> bind(v, now)).toArray());
      case PREFIX ->
          joined(" or ", texts(term).stream().map(t -> prefix(value, t, nocase)).toList());
      case SUFFIX ->
          joined(" or ", texts(term).stream().map(t -> suffix(value, t, nocase)).toList());
      case CONTAINS ->
          joined(" or ", texts(term).stream().map(t -> contains(value, t, nocase)).toList());
      case GT -> value.then(" > ?", bind(term.values().getFirst(), now));
      case GE -> value.then(" >= ?", bind(term.values().getFirst(), now));
      case LT -> value.then(" < ?", bind(term.values().getFirst(), now));
      case LE -> value.then(" <= ?", bind(term.values().getFirst(), now));
      case EXISTS -> throw new IllegalStateException("EXISTS has no value");
    };
  }

  private static Sql during(Sql value, Value.Time time, Instant now) {
    return Sql.concat(
        Sql.of("("),
        value.then(" >= ? and ", time.from(now).toEpochMilli()),
        value.then(" < ?)", time.until(now).toEpochMilli()));
  }

  private static Sql prefix(Sql value, String prefix, boolean nocase) {
    String collate = nocase ? " collate nocase" : "";
    Sql from = value.then(collate + " >= ?", prefix);
    String end = successor(prefix, nocase);
    return end.isEmpty()
        ? from
        : Sql.concat(Sql.of("("), from, Sql.of(" and "), value.then(collate + " < ?)", end));
  }

  private static Sql suffix(Sql value, String suffix, boolean nocase) {
    long characters = suffix.codePointCount(0, suffix.length());
    return Sql.concat(
        Sql.of("substr("),
        value.then(", ?)" + (nocase ? " collate nocase" : "") + " = ?", -characters, suffix));
  }

  private static Sql contains(Sql value, String part, boolean nocase) {
    return Sql.concat(
        Sql.of(nocase ? "instr(lower(" : "instr("),
        value.then((nocase ? ")" : "") + ", ?) > 0", part));
  }

  /// The folded texts of a term.
  private static List<String> texts(Filter.Term term) {
    return term.values().stream()
        .map(value -> term.field().kind().fold(((Value.Text) value).text()))
        .toList();
  }

  private static Object bind(Value value, Instant now) {
    return switch (value) {
      case Value.Text(String text) -> text;
      case Value.Num(double number) -> number;
      case Value.Time time -> time.from(now).toEpochMilli();
    };
  }

  /// The first text after all that start with the prefix, in the order of code points; empty when
  /// there is none.
  private static String successor(String prefix, boolean nocase) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1;
        if (next == Character.MIN_SURROGATE) {
          next = Character.MAX_SURROGATE + 1; // no text has a lone half of a pair
        } else if (nocase && next == 'A') {
          next = '['; // capitals stand where the small letters do, further up
        }
        return prefix.substring(0, end) + Character.toString(next);
      }
    }
    return "";
  }

  /// An FTS5 query for the rows that hold every trigram of one of the needles. Single trigrams, not
  /// a phrase: an index without positions (`detail=none`) has no phrases.
  private static String trigrams(List<String> needles) {
    List<String> alternatives = new ArrayList<>();
    for (String needle : needles) {
      int[] characters = needle.codePoints().toArray();
      List<String> all = new ArrayList<>();
      for (int i = 0; i + 3 <= characters.length && all.size() < MAX_TRIGRAMS; i++) {
        all.add('"' + new String(characters, i, 3).replace("\"", "\"\"") + '"');
      }
      alternatives.add('(' + String.join(" AND ", all) + ')');
    }
    return String.join(" OR ", alternatives);
  }

  private static Sql joined(String word, List<Sql> parts) {
    return parts.size() == 1
        ? parts.getFirst()
        : Sql.concat(Sql.of("("), Sql.join(word, parts), Sql.of(")"));
  }
}
