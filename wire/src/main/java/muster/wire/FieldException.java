package muster.wire;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A field that is missing or holds what it must not. The message reads `timeout_seconds: "x"
/// (expected: an integer)`, or `attempt: missing (expected: an integer)`. Long values are cut.
public final class FieldException extends JsonException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 40;

  private final String field;

  /// @param value what the field holds; null stands for missing or JSON `null`
  /// @param expected what would have been right, as a noun: `an integer`, `1..100`
  public FieldException(String field, @Nullable Object value, String expected) {
    super(field + ": " + show(value) + " (expected: " + expected + ")");
    this.field = field;
  }

  /// The wire name of the field.
  public String field() {
    return field;
  }

  private static String show(@Nullable Object value) {
    if (value == null) {
      return "missing";
    }
    if (value instanceof Map || value instanceof JsonObject) {
      return "an object";
    }
    if (value instanceof Collection) {
      return "a list";
    }
    String text = value.toString();
    boolean cut = text.length() > SHOWN;
    if (cut) {
      text = text.substring(0, SHOWN) + "…";
    }
    return value instanceof String ? Json.write(text) : text;
  }
}
