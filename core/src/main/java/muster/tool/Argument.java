package muster.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import org.jspecify.annotations.Nullable;

/// One argument of a tool.
///
/// @param min the smallest number, or the shortest text
/// @param max the largest number, or the longest text
/// @param choices the only texts there are; empty means any
/// @param quiet whether its value may be secret or large, and stays out of records
/// @param form a regular expression that a text is wholly; empty means any
/// @param expected what a refusal says was expected, in place of the bounds or the form
record Argument(
    String name,
    Type type,
    String description,
    boolean required,
    boolean quiet,
    Optional<Long> min,
    Optional<Long> max,
    List<String> choices,
    Optional<String> form,
    Optional<String> expected) {

  static final int MAX_PATH = 4096;

  enum Type {
    TEXT("string", "text"),
    NUMBER("integer", "a whole number"),
    FLAG("boolean", "true or false"),
    TEXTS("array", "a list of texts"),
    TEXT_MAP("object", "an object of texts");

    private final String schema;
    private final String words;

    Type(String schema, String words) {
      this.schema = schema;
      this.words = words;
    }
  }

  private static Argument of(
      String name,
      Type type,
      String description,
      Optional<Long> min,
      Optional<Long> max,
      List<String> choices) {
    return new Argument(
        name,
        type,
        description,
        false,
        false,
        min,
        max,
        choices,
        Optional.empty(),
        Optional.empty());
  }

  private static Argument of(String name, Type type, String description) {
    return of(name, type, description, Optional.empty(), Optional.empty(), List.of());
  }

  static Argument text(String name, String description) {
    return of(name, Type.TEXT, description);
  }

  static Argument path(String description) {
    return text("path", description).longest(MAX_PATH).always();
  }

  static Argument flag(String name, String description) {
    return of(name, Type.FLAG, description);
  }

  static Argument texts(String name, String description) {
    return of(name, Type.TEXTS, description);
  }

  static Argument textMap(String name, String description) {
    return of(name, Type.TEXT_MAP, description);
  }

  static Argument number(String name, String description, long min, long max) {
    return of(name, Type.NUMBER, description, Optional.of(min), Optional.of(max), List.of());
  }

  static Argument choice(String name, String description, String... choices) {
    return of(name, Type.TEXT, description, Optional.empty(), Optional.empty(), List.of(choices));
  }

  Argument always() {
    return new Argument(name, type, description, true, quiet, min, max, choices, form, expected);
  }

  Argument unrecorded() {
    return new Argument(name, type, description, required, true, min, max, choices, form, expected);
  }

  Argument longest(long characters) {
    return new Argument(
        name,
        type,
        description,
        required,
        quiet,
        min,
        Optional.of(characters),
        choices,
        form,
        expected);
  }

  /// Held to a regular expression.
  Argument like(String pattern, String words) {
    return new Argument(
        name,
        type,
        description,
        required,
        quiet,
        min,
        max,
        choices,
        Optional.of(pattern),
        Optional.of(words));
  }

  /// A refusal says so and why, not just the bounds.
  Argument expecting(String words) {
    return new Argument(
        name, type, description, required, quiet, min, max, choices, form, Optional.of(words));
  }

  /// As JSON Schema says it.
  Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", type.schema);
    schema.put("description", description);
    switch (type) {
      case TEXTS -> {
        schema.put("items", Map.of("type", "string"));
        schema.put("minItems", 1);
      }
      case TEXT_MAP -> schema.put("additionalProperties", Map.of("type", "string"));
      case NUMBER -> {
        min.ifPresent(value -> schema.put("minimum", value));
        max.ifPresent(value -> schema.put("maximum", value));
      }
      case TEXT -> {
        max.ifPresent(value -> schema.put("maxLength", value));
        form.ifPresent(pattern -> schema.put("pattern", "^" + pattern + "$"));
        if (!choices.isEmpty()) {
          schema.put("enum", choices);
        }
      }
      case FLAG -> {}
    }
    return schema;
  }

  /// @throws Fault INVALID_ARGUMENT naming `args.…`
  void check(@Nullable Object value) {
    if (value == null) {
      if (required) {
        throw wrong("nothing", type.words);
      }
      return;
    }
    switch (type) {
      case TEXT -> checkText(value);
      case NUMBER -> checkNumber(value);
      case FLAG -> require(value instanceof Boolean, value);
      case TEXTS ->
          require(
              value instanceof List<?> list
                  && !list.isEmpty()
                  && list.stream().allMatch(String.class::isInstance),
              value);
      case TEXT_MAP ->
          require(
              value instanceof Map<?, ?> map
                  && map.values().stream().allMatch(String.class::isInstance),
              value);
    }
  }

  private void checkText(Object value) {
    require(value instanceof String, value);
    String text = (String) value;
    if (!choices.isEmpty() && !choices.contains(text)) {
      throw wrong(text, "one of " + String.join(", ", choices));
    }
    if (max.filter(most -> text.length() > most).isPresent()) {
      throw wrong(text.length() + " characters", "at most " + max.get());
    }
    if (form.filter(pattern -> !text.matches(pattern)).isPresent()) {
      throw wrong(text, expected.orElse(type.words));
    }
  }

  private void checkNumber(Object value) {
    // JSON knows one kind of number: 2.0 is 2.
    double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
    require(number == Math.rint(number), value);
    if (number < min.orElse(Long.MIN_VALUE) || number > max.orElse(Long.MAX_VALUE)) {
      throw wrong(
          value,
          expected.orElseGet(() -> "%d..%d".formatted(min.orElseThrow(), max.orElseThrow())));
    }
  }

  private void require(boolean right, Object value) {
    if (!right) {
      throw wrong(
          switch (value) {
            case List<?> list -> "a list";
            case Map<?, ?> map -> "an object";
            default -> value;
          },
          type.words);
    }
  }

  private Fault wrong(Object value, String expected) {
    return Fault.invalid("args." + name, quiet ? "not shown" : value, expected);
  }
}
