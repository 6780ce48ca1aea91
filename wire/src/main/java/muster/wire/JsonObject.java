package muster.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A JSON object with typed reads and a builder. Immutable. JSON `null` and a missing field are the
/// same to every read. A read that fails throws [FieldException].
public final class JsonObject {
  private static final JsonObject EMPTY = new JsonObject(Map.of());

  private final Map<String, @Nullable Object> fields;

  private JsonObject(Map<String, @Nullable Object> fields) {
    this.fields = fields;
  }

  /// The object without fields.
  public static JsonObject empty() {
    return EMPTY;
  }

  /// A copy of a parsed map; its keys must be strings.
  public static JsonObject of(Map<?, ?> map) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put((String) key, value));
    return new JsonObject(Collections.unmodifiableMap(copy));
  }

  public static Builder builder() {
    return new Builder();
  }

  /// Whether the field is there and not `null`.
  public boolean has(String field) {
    return fields.get(field) != null;
  }

  public String string(String field) {
    return optString(field).orElseThrow(() -> new FieldException(field, null, "a string"));
  }

  public Optional<String> optString(String field) {
    Object value = fields.get(field);
    if (value == null || value instanceof String) {
      return Optional.ofNullable((String) value);
    }
    throw new FieldException(field, value, "a string");
  }

  public long integer(String field) {
    return optInteger(field).orElseThrow(() -> new FieldException(field, null, "an integer"));
  }

  /// Takes `2.0` for 2, as JSON knows one kind of number.
  public OptionalLong optInteger(String field) {
    Object value = fields.get(field);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value instanceof Long number) {
      return OptionalLong.of(number);
    }
    if (value instanceof Double number
        && number == Math.rint(number)
        && Math.abs(number) < 9.0e15) {
      return OptionalLong.of(number.longValue());
    }
    throw new FieldException(field, value, "an integer");
  }

  public OptionalDouble optNumber(String field) {
    Object value = fields.get(field);
    if (value == null) {
      return OptionalDouble.empty();
    }
    if (value instanceof Number number) {
      return OptionalDouble.of(number.doubleValue());
    }
    throw new FieldException(field, value, "a number");
  }

  /// False when missing.
  public boolean flag(String field) {
    Object value = fields.get(field);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw new FieldException(field, value, "true or false");
  }

  public JsonObject object(String field) {
    return optObject(field).orElseThrow(() -> new FieldException(field, null, "an object"));
  }

  public Optional<JsonObject> optObject(String field) {
    Object value = fields.get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Map<?, ?> map) {
      return Optional.of(of(map));
    }
    throw new FieldException(field, value, "an object");
  }

  /// A list of strings; empty when missing.
  public List<String> strings(String field) {
    return list(field, "a list of strings", item -> item instanceof String text ? text : null);
  }

  /// A list of numbers; empty when missing.
  public List<Double> numbers(String field) {
    return list(
        field,
        "a list of numbers",
        item -> item instanceof Number number ? (Double) number.doubleValue() : null);
  }

  /// A list of objects, each read by `read`; empty when missing.
  public <T> List<T> objects(String field, Function<JsonObject, T> read) {
    return list(
        field,
        "a list of objects",
        item -> item instanceof Map<?, ?> map ? read.apply(of(map)) : null);
  }

  /// One of the constants of an enum, whose wire name is the constant's in lower case.
  public <E extends Enum<E>> E oneOf(String field, Class<E> type) {
    String word = string(field);
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      if (wireName(constant).equals(word)) {
        return constant;
      }
      known.add(wireName(constant));
    }
    throw new FieldException(field, word, "one of " + String.join(", ", known));
  }

  /// The fields in the order of the text; values as [Json] describes. Unmodifiable.
  public Map<String, @Nullable Object> asMap() {
    return fields;
  }

  /// The JSON text, on one line.
  @Override
  public String toString() {
    return Json.write(this);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JsonObject that && fields.equals(that.fields);
  }

  @Override
  public int hashCode() {
    return fields.hashCode();
  }

  static String wireName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private <T> List<T> list(
      String field, String expected, Function<@Nullable Object, @Nullable T> read) {
    Object value = fields.get(field);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> items)) {
      throw new FieldException(field, value, expected);
    }
    List<T> result = new ArrayList<>(items.size());
    for (Object item : items) {
      T known = read.apply(item);
      if (known == null) {
        throw new FieldException(field, item, expected);
      }
      result.add(known);
    }
    return Collections.unmodifiableList(result);
  }

  /// Collects fields in order. Absent optionals are left out; a second `put` of a field replaces
  /// the first. Not for use by several threads.
  public static final class Builder {
    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

    private Builder() {}

    public Builder put(String field, String value) {
      fields.put(field, value);
      return this;
    }

    public Builder put(String field, long value) {
      fields.put(field, value);
      return this;
    }

    public Builder put(String field, double value) {
      fields.put(field, value);
      return this;
    }

    public Builder put(String field, boolean value) {
      fields.put(field, value);
      return this;
    }

    public Builder put(String field, Enum<?> value) {
      fields.put(field, wireName(value));
      return this;
    }

    public Builder put(String field, JsonObject value) {
      fields.put(field, value.fields);
      return this;
    }

    /// @param values strings, numbers, booleans, lists, maps or [JsonObject]s
    public Builder put(String field, List<?> values) {
      List<@Nullable Object> copy = new ArrayList<>(values.size());
      for (Object value : values) {
        copy.add(value instanceof JsonObject object ? object.fields : value);
      }
      fields.put(field, Collections.unmodifiableList(copy));
      return this;
    }

    public Builder put(String field, Optional<String> value) {
      value.ifPresent(text -> fields.put(field, text));
      return this;
    }

    public Builder put(String field, OptionalLong value) {
      value.ifPresent(number -> fields.put(field, number));
      return this;
    }

    public Builder put(String field, OptionalDouble value) {
      value.ifPresent(number -> fields.put(field, number));
      return this;
    }

    /// All fields of another object.
    public Builder putAll(JsonObject other) {
      fields.putAll(other.fields);
      return this;
    }

    /// A value that is JSON already: what [Json] describes.
    Builder raw(String field, @Nullable Object value) {
      fields.put(field, value);
      return this;
    }

    /// An explicit `null`.
    public Builder putNull(String field) {
      fields.put(field, null);
      return this;
    }

    public JsonObject build() {
      return new JsonObject(Collections.unmodifiableMap(new LinkedHashMap<>(fields)));
    }
  }
}
