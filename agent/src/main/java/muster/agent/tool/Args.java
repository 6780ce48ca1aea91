package muster.agent.tool;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import org.jspecify.annotations.Nullable;

/// The arguments of a call, read with errors that name `args.…`. An argument that is not known is
/// refused: passing over it would do something else than was asked for.
final class Args {
  private final Map<String, @Nullable Object> args;

  Args(JsonObject args, String... known) {
    this.args = args.asMap();
    for (Map.Entry<String, @Nullable Object> entry : this.args.entrySet()) {
      if (!List.of(known).contains(entry.getKey())) {
        throw new FieldException(
            "args." + entry.getKey(), entry.getValue(), "one of " + String.join(", ", known));
      }
    }
  }

  boolean has(String name) {
    return args.get(name) != null;
  }

  String text(String name) {
    return optText(name)
        .orElseThrow(() -> new FieldException("args." + name, null, "text without NUL"));
  }

  Optional<String> optText(String name) {
    Object value = args.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text && text.indexOf('\0') < 0) {
      return Optional.of(text);
    }
    throw new FieldException("args." + name, value, "text without NUL");
  }

  /// One of these words; the first when it is missing.
  String word(String name, String... words) {
    String word = optText(name).orElse(words[0]);
    if (!List.of(words).contains(word)) {
      throw new FieldException("args." + name, word, "one of " + String.join(", ", words));
    }
    return word;
  }

  long number(String name, long min, long max, long otherwise) {
    Object value = args.get(name);
    if (value == null) {
      return otherwise;
    }
    // JSON knows one kind of number: 2.0 is 2.
    boolean isWhole =
        value instanceof Long || value instanceof Double real && real == Math.rint(real);
    if (isWhole) {
      double number = ((Number) value).doubleValue();
      if (number >= min && number <= max) {
        return ((Number) value).longValue();
      }
    }
    throw new FieldException("args." + name, value, min + ".." + max);
  }

  boolean flag(String name) {
    Object value = args.get(name);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw new FieldException("args." + name, value, "true or false");
  }

  /// The bytes of an argument that is base64.
  Optional<byte[]> bytes(String name) {
    Optional<String> text = optText(name);
    try {
      return text.map(Base64.getDecoder()::decode);
    } catch (IllegalArgumentException e) {
      throw new FieldException("args." + name, text.orElse(""), "base64");
    }
  }

  /// A list of texts without NUL; empty when missing.
  List<String> words(String name) {
    Object value = args.get(name);
    if (value == null) {
      return List.of();
    }
    List<String> words = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof String text && text.indexOf('\0') < 0) {
          words.add(text);
        }
      }
      if (words.size() == list.size()) {
        return words;
      }
    }
    throw new FieldException("args." + name, value, "a list of texts");
  }

  /// An object of texts, in its order; empty when missing.
  Map<String, String> texts(String name) {
    Object value = args.get(name);
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw new FieldException("args." + name, value, "an object of texts");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getValue() instanceof String text)) {
        throw new FieldException("args." + name + "." + entry.getKey(), entry.getValue(), "text");
      }
      texts.put(String.valueOf(entry.getKey()), text);
    }
    return texts;
  }

  /// Which of these are given.
  List<String> given(String... names) {
    List<String> given = new ArrayList<>();
    for (String name : names) {
      if (has(name)) {
        given.add(name);
      }
    }
    return given;
  }
}
