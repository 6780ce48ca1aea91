package muster.wire;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes values as [Json#write] describes. Not for use by several threads.
final class JsonWriter {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out;

  JsonWriter(StringBuilder out) {
    this.out = out;
  }

  void write(@Nullable Object value, int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + Json.MAX_DEPTH);
    }
    if (value == null || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof String text) {
      string(text);
    } else if (value instanceof Number number) {
      number(number);
    } else if (value instanceof JsonObject object) {
      object(object.asMap(), depth + 1);
    } else if (value instanceof Map<?, ?> map) {
      object(map, depth + 1);
    } else if (value instanceof List<?> list) {
      array(list, depth + 1);
    } else {
      throw new IllegalArgumentException("cannot be JSON: " + value.getClass().getName());
    }
  }

  private void object(Map<?, ?> map, int depth) {
    char separator = '{';
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      string((String) entry.getKey());
      out.append(':');
      write(entry.getValue(), depth);
      separator = ',';
    }
    out.append(separator == '{' ? "{}" : "}");
  }

  private void array(List<?> list, int depth) {
    char separator = '[';
    for (Object item : list) {
      out.append(separator);
      write(item, depth);
      separator = ',';
    }
    out.append(separator == '[' ? "[]" : "]");
  }

  private void number(Number number) {
    if (number instanceof Double || number instanceof Float) {
      double value = number.doubleValue();
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        throw new IllegalArgumentException("cannot be JSON: " + value);
      }
      out.append(value);
    } else if (number instanceof Long || number instanceof Integer || number instanceof Short) {
      out.append(number.longValue());
    } else {
      throw new IllegalArgumentException("cannot be JSON: " + number.getClass().getName());
    }
  }

  private void string(String text) {
    out.append('"');
    int done = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && c < 0x7f) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      if (c > 0x9f && !Character.isSurrogate(c) && c != 0x2028 && c != 0x2029) {
        continue;
      }
      out.append(text, done, i);
      escape(c);
      done = i + 1;
    }
    out.append(text, done, text.length()).append('"');
  }

  private void escape(char c) {
    switch (c) {
      case '"':
      case '\\':
        out.append('\\').append(c);
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        out.append("\\u")
            .append(HEX.charAt(c >> 12))
            .append(HEX.charAt(c >> 8 & 15))
            .append(HEX.charAt(c >> 4 & 15))
            .append(HEX.charAt(c & 15));
    }
  }
}
