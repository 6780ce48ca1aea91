package muster.filter;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The order of a list: `last_seen DESC, name ASC`. Subjects without a value come last in either
/// direction, and the id decides between equals, in the direction of the last key, so that an index
/// over (key, id) is walked one way and the order is total.
public record Order(List<Key> keys) {
  public static final int MAX_KEYS = 4;

  /// By id alone, ascending.
  public static final Order BY_ID = new Order(List.of());

  private static final int MAX_CHARS = 512;

  public enum Direction {
    ASC,
    DESC
  }

  public record Key(Field field, Direction direction) {
    public Key {
      if (!field.sortable()) {
        throw new IllegalArgumentException(field.name() + " (expected: a sortable field)");
      }
    }

    @Override
    public String toString() {
      return field.name() + ' ' + direction;
    }
  }

  public Order {
    keys = List.copyOf(keys);
    if (keys.size() > MAX_KEYS) {
      throw new IllegalArgumentException(keys.size() + " keys (expected: at most 4)");
    }
  }

  /// Reads `field [ASC|DESC]`, comma-separated; ASC when nothing is said, [#BY_ID] when blank.
  ///
  /// @throws FilterException naming the field or direction that is not understood
  public static Order parse(String text, Schema schema) {
    if (text.isBlank()) {
      return BY_ID;
    }
    if (text.length() > MAX_CHARS) {
      throw new FilterException(
          0, "order_by", "longer than an order can be", "at most " + MAX_CHARS + " characters");
    }
    int bad = FilterParser.firstBad(text);
    if (bad >= 0) {
      throw new FilterException(
          text.codePointCount(0, bad) + 1,
          "order_by",
          String.format("character U+%04X", (int) text.charAt(bad)),
          "no control characters or broken ones");
    }
    List<Key> keys = new ArrayList<>();
    Set<Field> seen = new HashSet<>();
    int start = 0;
    while (start <= text.length()) {
      int comma = text.indexOf(',', start);
      int end = comma < 0 ? text.length() : comma;
      Key key = key(text, start, end, schema);
      if (!seen.add(key.field())) {
        throw wrong(text, start, "field", key.field().name(), "each field once");
      }
      keys.add(key);
      if (keys.size() > MAX_KEYS) {
        throw wrong(
            text, start, "key " + keys.size(), text.substring(start, end).strip(), "at most 4");
      }
      start = end + 1;
    }
    return new Order(keys);
  }

  private static Key key(String text, int start, int end, Schema schema) {
    int from = skipSpaces(text, start, end);
    int space = text.indexOf(' ', from);
    int nameEnd = space < 0 || space > end ? end : space;
    String name = text.substring(from, nameEnd);
    Field field =
        schema
            .find(name)
            .map(Schema.Ref::field)
            .filter(Field::sortable)
            .orElseThrow(
                () -> wrong(text, from, "field", name, "one of " + schema.sortableNames()));
    int at = skipSpaces(text, nameEnd, end);
    String direction = text.substring(at, end).stripTrailing();
    if (direction.isEmpty() || direction.equalsIgnoreCase("ASC")) {
      return new Key(field, Direction.ASC);
    }
    if (direction.equalsIgnoreCase("DESC")) {
      return new Key(field, Direction.DESC);
    }
    throw wrong(text, at, name, direction, "ASC or DESC");
  }

  private static int skipSpaces(String text, int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) == ' ') {
      at++;
    }
    return at;
  }

  private static FilterException wrong(
      String text, int at, String what, String value, String expected) {
    return new FilterException(text.codePointCount(0, at) + 1, "order_by", what, value, expected);
  }

  /// The direction of the id, which decides between equals.
  public Direction tieBreak() {
    return keys.isEmpty() ? Direction.ASC : keys.getLast().direction();
  }

  /// The same order for subjects in memory.
  ///
  /// @param id ascending
  public <T extends Subject> Comparator<T> comparator(Comparator<? super T> id) {
    Comparator<T> order = (a, b) -> 0;
    for (Key key : keys) {
      order = order.thenComparing((a, b) -> compare(key, a, b));
    }
    return order.thenComparing(tieBreak() == Direction.DESC ? id.reversed() : id);
  }

  private static int compare(Key key, Subject a, Subject b) {
    List<?> left = values(key, a);
    List<?> right = values(key, b);
    if (left.isEmpty() || right.isEmpty()) {
      return Boolean.compare(left.isEmpty(), right.isEmpty());
    }
    int sign = compare(key.field().kind(), left.getFirst(), right.getFirst());
    return key.direction() == Direction.DESC ? -sign : sign;
  }

  private static List<?> values(Key key, Subject subject) {
    List<?> values = subject.values(key.field().name(), "");
    return values.contains(Double.NaN) ? List.of() : values;
  }

  private static int compare(Kind kind, Object a, Object b) {
    return switch (kind) {
      case TEXT, NAME, ENUM ->
          Kind.CODE_POINTS.compare(kind.fold((String) a), kind.fold((String) b));
      case NUMBER -> Matching.compare((Number) a, (Number) b);
      case TIME -> Long.compare(((Instant) a).toEpochMilli(), ((Instant) b).toEpochMilli());
      case TAGS, MAP -> throw new IllegalStateException(kind.name());
    };
  }

  /// Canonical text, which parses to the same order.
  @Override
  public String toString() {
    return keys.stream().map(Key::toString).collect(Collectors.joining(", "));
  }
}
