package muster.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// JSON of a message, brought to what protobuf's own parser takes:
///
/// - a field mask as `{"paths":["a","b.c"]}`, the form of the message, besides `"a,b.c"`. The paths
///   of the object are kept letter by letter; the string form changes their case.
/// - enum words in any case and without their prefix: `online` for `DEVICE_STATUS_ONLINE`.
///
/// and freed of numbers whose exponent would cost the parser gigabytes.
///
/// @param json what is left for protobuf's parser
/// @param masks the field masks that were objects
record JsonInput(String json, List<Mask> masks) {

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxNumberLength(400)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// Whether it is whole, and in bounds, protobuf's parser says.
  private static final Pattern NUMBER =
      Pattern.compile("-?[0-9]{1,100}(\\.[0-9]{1,100})?([eE][+-]?[0-9]{1,20})?|NaN|-?Infinity");

  private static final Pattern HUGE_EXPONENT = Pattern.compile("[eE][+-]?\\d{4,}\\s*$");

  /// A mask and the way to it.
  record Mask(UnaryOperator<Message.Builder> holder, FieldDescriptor field, FieldMask value) {}

  static JsonInput read(String text, Descriptor type) {
    try {
      var root = MAPPER.readTree(text);
      if (!(root instanceof ObjectNode object)
          || type.getFullName().startsWith("google.protobuf.")) {
        if (root.isMissingNode()) {
          throw Faults.invalid("message: empty (expected: JSON, at least {})");
        }
        return new JsonInput(text, List.of());
      }
      var masks = new ArrayList<Mask>();
      visit(object, type, UnaryOperator.identity(), "", masks);
      return new JsonInput(MAPPER.writeValueAsString(object), masks);
    } catch (JsonProcessingException e) {
      throw Faults.invalid("message: " + Faults.shown(e.getOriginalMessage()));
    }
  }

  void putMasks(Message.Builder root) {
    masks.forEach(mask -> mask.holder().apply(root).setField(mask.field(), mask.value()));
  }

  private static void visit(
      ObjectNode object,
      Descriptor type,
      UnaryOperator<Message.Builder> here,
      String path,
      List<Mask> masks) {
    for (FieldDescriptor field : type.getFields()) {
      for (String name : List.of(field.getJsonName(), field.getName())) {
        var value = object.get(name);
        if (value != null && !value.isNull()) {
          visit(object, name, value, field, here, path + name, masks);
        }
      }
    }
  }

  private static void visit(
      ObjectNode parent,
      String name,
      JsonNode value,
      FieldDescriptor field,
      UnaryOperator<Message.Builder> here,
      String path,
      List<Mask> masks) {
    if (field.isMapField()) {
      var of = field.getMessageType().findFieldByName("value");
      if (value instanceof ObjectNode entries) {
        for (String key :
            List.copyOf(entries.properties().stream().map(e -> e.getKey()).toList())) {
          if (of.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            entries.set(key, scalar(entries.get(key), of, path + "." + key));
          }
        }
      }
    } else if (field.isRepeated()) {
      for (int i = 0; value.isArray() && i < value.size(); i++) {
        int index = i;
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
          ((com.fasterxml.jackson.databind.node.ArrayNode) value)
              .set(i, scalar(value.get(i), field, path + "[" + i + "]"));
        } else if (value.get(i) instanceof ObjectNode one && plainMessage(field)) {
          visit(
              one,
              field.getMessageType(),
              root -> here.apply(root).getRepeatedFieldBuilder(field, index),
              path + "[" + i + "].",
              masks);
        }
      }
    } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      parent.set(name, scalar(value, field, path));
    } else if (value instanceof ObjectNode one) {
      if (field.getMessageType().getFullName().equals("google.protobuf.FieldMask")) {
        masks.add(new Mask(here, field, mask(one, path)));
        parent.remove(name);
      } else if (plainMessage(field)) {
        visit(
            one,
            field.getMessageType(),
            root -> here.apply(root).getFieldBuilder(field),
            path + ".",
            masks);
      }
    }
  }

  /// Protobuf's own types have JSON forms of their own.
  private static boolean plainMessage(FieldDescriptor field) {
    return !field.getMessageType().getFullName().startsWith("google.protobuf.");
  }

  private static FieldMask mask(ObjectNode object, String path) {
    var paths = object.get("paths");
    if (paths == null && object.isEmpty()) {
      return FieldMask.getDefaultInstance();
    }
    var mask = FieldMask.newBuilder();
    if (paths == null || !paths.isArray()) {
      throw Faults.invalid(path + ": expected: \"a,b\" or {\"paths\":[\"a\",\"b\"]}");
    }
    for (JsonNode one : paths) {
      if (!one.isTextual()) {
        throw Faults.invalid(path + ".paths: expected: an array of strings");
      }
      mask.addPaths(one.textValue());
    }
    return mask.build();
  }

  private static JsonNode scalar(JsonNode value, FieldDescriptor field, String path) {
    switch (field.getJavaType()) {
      case ENUM -> {
        return value.isTextual()
                && !field.getEnumType().getFullName().startsWith("google.protobuf.")
            ? TextNode.valueOf(word(value.textValue(), field.getEnumType(), path))
            : value;
      }
      case INT, LONG, FLOAT, DOUBLE -> {
        boolean isNumber =
            value.isNumber() || value.isTextual() && NUMBER.matcher(value.textValue()).matches();
        if (!isNumber) {
          throw wrong(path, value, "a number");
        }
        if (value.isValueNode() && HUGE_EXPONENT.matcher(tail(value)).find()) {
          throw Faults.invalid(path + ": out of range");
        }
        return value;
      }
      case BOOLEAN -> {
        boolean isTruth =
            value.isBoolean() || value.isTextual() && value.textValue().matches("true|false");
        if (!isTruth) {
          throw wrong(path, value, "true or false");
        }
        return value;
      }
      case STRING, BYTE_STRING -> {
        if (!value.isTextual()) {
          throw wrong(path, value, "a string");
        }
        return value;
      }
      case MESSAGE -> {
        return value;
      }
    }
    return value;
  }

  private static StatusRuntimeException wrong(String path, JsonNode value, String expected) {
    var shown = value.isValueNode() ? Faults.quoted(value.asText()) : "no " + expected;
    return Faults.invalid(path + ": " + shown + " (expected: " + expected + ")");
  }

  /// Where an exponent would stand; bounded, for the search must be.
  private static String tail(JsonNode value) {
    if (value.isBigDecimal() && Math.abs((long) value.decimalValue().scale()) > 1000) {
      return "e99999";
    }
    var text = value.isTextual() ? value.textValue() : "";
    return text.length() > 100 ? "e99999" : text;
  }

  private static String word(String given, EnumDescriptor type, String path) {
    if (!given.isEmpty() && given.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'))) {
      return given;
    }
    var prefix = prefix(type.getName());
    for (var value : type.getValues()) {
      if (given.equalsIgnoreCase(value.getName())
          || (prefix + given).equalsIgnoreCase(value.getName())) {
        return value.getName();
      }
    }
    throw Faults.invalid(
        path + ": " + Faults.quoted(given) + " (expected: a value of " + type.getName() + ")");
  }

  /// `DEVICE_STATUS_` for `DeviceStatus`.
  private static String prefix(String type) {
    var prefix = new StringBuilder();
    for (int i = 0; i < type.length(); i++) {
      if (i > 0 && Character.isUpperCase(type.charAt(i))) {
        prefix.append('_');
      }
      prefix.append(Character.toUpperCase(type.charAt(i)));
    }
    return prefix.append('_').toString();
  }
}
