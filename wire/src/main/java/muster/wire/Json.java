package muster.wire;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// RFC 8259 text to plain JDK values and back.
///
/// | JSON | Java |
/// |---|---|
/// | object | `Map<String, Object>`, in the order of the text; of a repeated key the last value wins |
/// | array | `List<Object>` |
/// | string | `String`; a lone surrogate is kept, and written as `\ud800` |
/// | number without `.` and `e` that fits | `Long` |
/// | any other number | `Double`; one too large for a double is refused |
/// | `true`, `false`, `null` | `Boolean`, `null` |
///
/// The parser is strict: one value, no comments, no trailing commas, no raw control characters in
/// strings, at most [#MAX_DEPTH] nested objects and arrays.
public final class Json {
  /// The deepest nesting that is read or written.
  public static final int MAX_DEPTH = 64;

  private Json() {}

  /// Reads exactly one value.
  ///
  /// @throws JsonException with the offset of the first wrong character
  public static @Nullable Object parse(String text) {
    return new JsonParser(text).parse();
  }

  /// Reads exactly one object.
  ///
  /// @throws JsonException also when the text is a value of another kind
  public static JsonObject parseObject(String text) {
    Object value = parse(text);
    if (value instanceof Map<?, ?> map) {
      return JsonObject.of(map);
    }
    throw new JsonException("offset 0: expected an object");
  }

  /// Writes a value without white space. Besides the types above it takes [JsonObject], and every
  /// [Number] that is integral or a float. Control characters, U+2028, U+2029 and lone surrogates
  /// are escaped, so that the text is safe on one line and in UTF-8.
  ///
  /// @throws IllegalArgumentException for NaN, an infinity, a foreign type or nesting that is too
  ///   deep
  public static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder(128);
    new JsonWriter(out).write(value, 0);
    return out.toString();
  }
}
