package muster.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A recursive-descent parser over one string; see [Json] for what becomes what. Used once.
final class JsonParser {
  private final String text;
  private int at;

  JsonParser(String text) {
    this.text = text;
  }

  @Nullable Object parse() {
    Object value = value(0);
    skipSpace();
    if (at < text.length()) {
      throw unexpected("the end");
    }
    return value;
  }

  private @Nullable Object value(int depth) {
    skipSpace();
    switch (peek()) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return string();
      case 't':
        return literal("true", Boolean.TRUE);
      case 'f':
        return literal("false", Boolean.FALSE);
      case 'n':
        return literal("null", null);
      default:
        return number();
    }
  }

  private Map<String, @Nullable Object> object(int depth) {
    checkDepth(depth);
    at++;
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    skipSpace();
    if (peek() == '}') {
      at++;
      return map;
    }
    while (true) {
      skipSpace();
      if (peek() != '"') {
        throw unexpected("a key");
      }
      String key = string();
      skipSpace();
      if (peek() != ':') {
        throw unexpected("':'");
      }
      at++;
      map.put(key, value(depth));
      if (endOf('}')) {
        return map;
      }
    }
  }

  private List<@Nullable Object> array(int depth) {
    checkDepth(depth);
    at++;
    List<@Nullable Object> list = new ArrayList<>();
    skipSpace();
    if (peek() == ']') {
      at++;
      return list;
    }
    while (true) {
      list.add(value(depth));
      if (endOf(']')) {
        return list;
      }
    }
  }

  /// Steps over a comma (false) or the closing bracket (true).
  private boolean endOf(char close) {
    skipSpace();
    int c = peek();
    if (c != ',' && c != close) {
      throw unexpected("',' or '" + close + "'");
    }
    at++;
    return c == close;
  }

  private String string() {
    int start = ++at;
    StringBuilder unescaped = null;
    while (true) {
      int c = peek();
      if (c < ' ') {
        throw unexpected("a character of a string");
      }
      if (c == '"') {
        String tail = text.substring(start, at++);
        return unescaped == null ? tail : unescaped.append(tail).toString();
      }
      if (c != '\\') {
        at++;
        continue;
      }
      if (unescaped == null) {
        unescaped = new StringBuilder();
      }
      unescaped.append(text, start, at++).append(escape());
      start = at;
    }
  }

  private char escape() {
    int c = peek();
    at++;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        return (char) c;
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        return unicode();
      default:
        at--;
        throw unexpected("an escape");
    }
  }

  private char unicode() {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      int c = peek();
      // Not Character.digit alone: it also takes digits of other scripts.
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw unexpected("a hexadecimal digit");
      }
      unit = unit << 4 | digit;
      at++;
    }
    return (char) unit;
  }

  private Object number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    boolean integral = true;
    if (peek() == '.') {
      integral = false;
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      integral = false;
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      digits();
    }
    String digits = text.substring(start, at);
    if (integral) {
      try {
        return Long.parseLong(digits);
      } catch (NumberFormatException tooLong) {
        // Falls through: RFC 8259 leaves the range open, a double is what most readers make of it.
      }
    }
    double value = Double.parseDouble(digits);
    if (Double.isInfinite(value)) {
      throw new JsonException("offset " + start + ": number out of range");
    }
    return value;
  }

  private void digits() {
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start) {
      throw unexpected(start > 0 && isNumberPart(text.charAt(start - 1)) ? "a digit" : "a value");
    }
  }

  private static boolean isNumberPart(char c) {
    return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw unexpected("a value");
    }
    at += word.length();
    return value;
  }

  private void checkDepth(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new JsonException("offset " + at + ": nested deeper than " + Json.MAX_DEPTH);
    }
  }

  private void skipSpace() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  /// The next character, or -1 at the end.
  private int peek() {
    return at < text.length() ? text.charAt(at) : -1;
  }

  private JsonException unexpected(String expected) {
    int c = peek();
    String found = c < 0 ? "the end" : Json.write(String.valueOf((char) c));
    return new JsonException("offset " + at + ": found " + found + ", expected " + expected);
  }
}
