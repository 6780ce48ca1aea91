package muster.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// A request's JSON object. Every getter checks the type and names the field, its value and what
/// was expected; `null` is a value of the wrong type, not an absent field.
public final class JsonBody {
  /// Well below what the wire to the devices bears, where a command's arguments lie deeper.
  private static final int MAX_DEPTH = 32;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.USE_LONG_FOR_INTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private final ObjectNode root;

  private JsonBody(ObjectNode root) {
    this.root = root;
  }

  /// The object in a message that is no request of its own.
  public static JsonBody parse(String message) {
    return parse(message.getBytes(StandardCharsets.UTF_8), false);
  }

  static JsonBody parse(byte[] bytes, boolean optional) {
    if (bytes.length == 0 && optional) {
      return new JsonBody(MAPPER.createObjectNode());
    }
    JsonNode node;
    try {
      node = MAPPER.readTree(utf8(bytes));
    } catch (JsonProcessingException e) {
      String what =
          e instanceof InputCoercionException ? "a number out of range" : "malformed JSON";
      String where =
          e.getLocation() == null
              ? ""
              : " at line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: " + what + where);
    }
    if (!(node instanceof ObjectNode object)) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "body: %s (expected: a JSON object)"
              .formatted(node.isMissingNode() ? "empty" : kindOf(node)));
    }
    return new JsonBody(object);
  }

  /// Strictly: left to itself, Jackson guesses UTF-16 and UTF-32 and lets broken sequences pass.
  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: not UTF-8");
    }
  }

  /// Refuses fields that are none of these.
  public JsonBody only(String... fields) {
    Set<String> known = Set.of(fields);
    root.fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            throw Fault.invalid("unknown field", name, String.join(", ", fields));
          }
        });
    return this;
  }

  public boolean has(String field) {
    return root.has(field);
  }

  public boolean isNull(String field) {
    return root.path(field).isNull();
  }

  public Optional<String> optText(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node -> node.isTextual() ? plain(field, node.textValue()) : fail(field, node, "text"));
  }

  /// Text as machines print it: NUL and halves of characters are replaced; null counts as absent.
  public Optional<String> optPrinted(String field) {
    return Optional.ofNullable(root.get(field))
        .filter(node -> !node.isNull())
        .map(node -> node.isTextual() ? printable(node.textValue()) : fail(field, node, "text"));
  }

  private static String printable(String text) {
    return text.codePoints()
        .map(c -> isPlain(Character.toString(c)) ? c : '\ufffd')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  public String text(String field) {
    return optText(field).orElseThrow(() -> missing(field, "text"));
  }

  /// A text that no message may show, not even a wrong one.
  public String secret(String field) {
    return optSecret(field).orElseThrow(() -> missing(field, "text"));
  }

  public Optional<String> optSecret(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node -> {
          if (!node.isTextual() || !isPlain(node.textValue())) {
            throw new Fault(
                FaultCode.INVALID_ARGUMENT,
                "%s: never shown (expected: text without NUL)".formatted(field),
                Map.of("field", field));
          }
          return node.textValue();
        });
  }

  public Optional<List<String>> optTexts(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node -> {
          if (!node.isArray()) {
            return fail(field, node, "a list of texts");
          }
          List<String> texts = new ArrayList<>();
          for (JsonNode item : node) {
            String name = "%s[%d]".formatted(field, texts.size());
            texts.add(item.isTextual() ? plain(name, item.textValue()) : fail(name, item, "text"));
          }
          return texts;
        });
  }

  public Optional<Long> optNumber(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node ->
            node.isIntegralNumber() && node.canConvertToLong()
                ? (Long) node.longValue()
                : fail(field, node, "a whole number"));
  }

  /// A number between two bounds, with or without a fraction; null counts as absent.
  public Optional<Double> optDecimal(String field, double min, double max) {
    return Optional.ofNullable(root.get(field))
        .filter(node -> !node.isNull())
        .map(node -> {
          double value = node.isNumber() ? node.doubleValue() : Double.NaN;
          return value >= min && value <= max
              ? (Double) value
              : fail(field, node, "%.0f..%.0f".formatted(min, max));
        });
  }

  /// A list of JSON objects.
  public Optional<List<JsonBody>> optObjects(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node -> {
          if (!node.isArray()) {
            return fail(field, node, "a list of objects");
          }
          List<JsonBody> objects = new ArrayList<>();
          for (JsonNode item : node) {
            objects.add(
                item instanceof ObjectNode object
                    ? new JsonBody(object)
                    : fail("%s[%d]".formatted(field, objects.size()), item, "an object"));
          }
          return objects;
        });
  }

  public Optional<Boolean> optFlag(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node ->
            node.isBoolean() ? (Boolean) node.booleanValue() : fail(field, node, "true or false"));
  }

  /// A JSON object as maps, lists, texts, numbers and booleans.
  public Optional<Map<String, Object>> optObject(String field) {
    return Optional.ofNullable(root.get(field))
        .map(node -> {
          if (!node.isObject()) {
            return fail(field, node, "an object");
          }
          requirePlain(field, node);
          return MAPPER.convertValue(node, new TypeReference<Map<String, Object>>() {});
        });
  }

  /// Refuses what would not come out at the other end as it went in here.
  private static void requirePlain(String path, JsonNode node) {
    if (node.isTextual()) {
      plain(path, node.textValue());
    } else if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
      throw Fault.invalid(path, "out of range", "a number that a double holds");
    }
    int index = 0;
    for (JsonNode item : node.isArray() ? node : List.<JsonNode>of()) {
      requirePlain("%s[%d]".formatted(path, index++), item);
    }
    node.properties()
        .forEach(entry -> {
          plain(path, entry.getKey());
          requirePlain(path + "." + entry.getKey(), entry.getValue());
        });
  }

  /// The whole body as maps, lists, texts, numbers and booleans, unchecked.
  public Map<String, Object> asMap() {
    return MAPPER.convertValue(root, new TypeReference<Map<String, Object>>() {});
  }

  /// The fields that are none of these, as maps, lists, texts, numbers and booleans.
  public Map<String, Object> without(Set<String> fields) {
    ObjectNode others = root.deepCopy().without(fields);
    requirePlain("body", others);
    return MAPPER.convertValue(others, new TypeReference<Map<String, Object>>() {});
  }

  private static String plain(String field, String text) {
    if (!isPlain(text)) {
      throw Fault.invalid(field, text, "text without NUL and halves of characters");
    }
    return text;
  }

  /// Whether text is without NUL, which neither stores nor shells carry faithfully, and without
  /// unpaired surrogates, which UTF-8 cannot say.
  private static boolean isPlain(String text) {
    return text.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
  }

  private static Fault missing(String field, String expected) {
    return new Fault(
        FaultCode.INVALID_ARGUMENT,
        "%s: missing (expected: %s)".formatted(field, expected),
        Map.of("field", field));
  }

  private static <T> T fail(String field, JsonNode node, String expected) {
    throw Fault.invalid(
        field, node.isValueNode() ? new Shown(node.asText()) : kindOf(node), expected);
  }

  /// A value that is no text, shown without quotes.
  private record Shown(String text) {
    @Override
    public String toString() {
      return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }
  }

  private static String kindOf(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case STRING -> "text";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      default -> "nothing";
    };
  }
}
