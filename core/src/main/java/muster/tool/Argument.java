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
record Argument(
    String name,
    Type type,
    String description,
    boolean required,
    boolean quiet,
    Optional<Long> min,
    Optional<Long> max,
    List<String> choices) {

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

  private static Argument of(String name, Type type, String description) {
    return new Argument(
        name, type, description, false, false, Optional.empty(), Optional.empty(), List.of());
  }

  static Argument text(String name, String description) {
    return of(name, Type.TEXT, description);
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
    return new Argument(
        name,
        Type.NUMBER,
        description,
        false,
        false,
        Optional.of(min),
        Optional.of(max),
        List.of());
  }

  static Argument choice(String name, String description, String... choices) {
    return new Argument(
        name,
        Type.TEXT,
        description,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        List.of(choices));
  }

  Argument always() {
    return new Argument(name, type, description, true, quiet, min, max, choices);
  }

  Argument unrecorded() {
    return new Argument(name, type, description, required, true, min, max, choices);
  }

  Argument longest(long characters) {
    return new Argument(
        name, type, description, required, quiet, min, Optional.of(characters), choices);
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
  }

  private void checkNumber(Object value) {
    // JSON knows one kind of number: 2.0 is 2.
    double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
    require(number == Math.rint(number), value);
    if (number < min.orElse(Long.MIN_VALUE) || number > max.orElse(Long.MAX_VALUE)) {
      throw wrong(value, "%d..%d".formatted(min.orElseThrow(), max.orElseThrow()));
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
