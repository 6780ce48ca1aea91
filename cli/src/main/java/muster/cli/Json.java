package muster.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.Feature;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Trees are enough here: the server's fields are shown, not computed with. They are read and
/// written by Jackson's streams alone, for making an ObjectMapper takes longer than the request.
final class Json {
  private static final JsonFactory STREAMS = new JsonFactory();
  private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

  private Json() {}

  static ObjectNode object() {
    return NODES.objectNode();
  }

  static ArrayNode array(Collection<String> items) {
    ArrayNode array = NODES.arrayNode();
    items.forEach(array::add);
    return array;
  }

  /// A text field; empty when it is null or missing.
  static String text(JsonNode object, String field) {
    return object.path(field).asText("");
  }

  /// Missing when there is no text.
  ///
  /// @throws JsonParseException for what is not JSON
  static JsonNode read(byte[] json) throws IOException {
    return read(STREAMS.createParser(json));
  }

  static JsonNode read(String json) throws IOException {
    return read(STREAMS.createParser(json));
  }

  /// An empty object for what is no JSON.
  static JsonNode readOrEmpty(String json) {
    try {
      return read(json);
    } catch (IOException e) {
      return object();
    }
  }

  /// As [#read], and refuses objects that name a field twice.
  static JsonNode readStrictly(String json) throws IOException {
    return read(STREAMS.createParser(json).enable(Feature.STRICT_DUPLICATE_DETECTION));
  }

  private static JsonNode read(JsonParser parser) throws IOException {
    try (parser) {
      JsonNode value = value(parser, parser.nextToken());
      if (parser.nextToken() != null) {
        throw new JsonParseException(parser, "more than one value");
      }
      return value;
    }
  }

  private static JsonNode value(JsonParser parser, @Nullable JsonToken token) throws IOException {
    return switch (token) {
      case null -> MissingNode.getInstance();
      case START_OBJECT -> {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          object.set(name, value(parser, parser.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        for (JsonToken item = parser.nextToken();
            item != JsonToken.END_ARRAY;
            item = parser.nextToken()) {
          array.add(value(parser, item));
        }
        yield array;
      }
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw new JsonParseException(parser, "unexpected " + token);
    };
  }

  /// On one line.
  static String write(JsonNode value) {
    return write(value, false);
  }

  static String indented(JsonNode value) {
    return write(value, true);
  }

  private static String write(JsonNode value, boolean indented) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = STREAMS.createGenerator(text)) {
      if (indented) {
        generator.setPrettyPrinter(new DefaultPrettyPrinter());
      }
      write(value, generator);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  private static void write(JsonNode value, JsonGenerator generator) throws IOException {
    switch (value.getNodeType()) {
      case OBJECT -> {
        generator.writeStartObject();
        for (var field : value.properties()) {
          generator.writeFieldName(field.getKey());
          write(field.getValue(), generator);
        }
        generator.writeEndObject();
      }
      case ARRAY -> {
        generator.writeStartArray();
        for (JsonNode item : value) {
          write(item, generator);
        }
        generator.writeEndArray();
      }
      case STRING -> generator.writeString(value.textValue());
      case NUMBER -> generator.writeNumber(value.asText());
      case BOOLEAN -> generator.writeBoolean(value.booleanValue());
      default -> generator.writeNull();
    }
  }
}
