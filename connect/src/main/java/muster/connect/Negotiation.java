package muster.connect;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a request wants to speak, by its method, content type and query.
final class Negotiation {

  private final Codec proto = new Codec.Proto();
  private final Codec.Json json;
  private final Optional<ErrorForm> plain;

  Negotiation(Codec.Json json, Optional<ErrorForm> plain) {
    this.json = json;
    this.plain = plain;
  }

  /// The content types that a procedure takes, for `Accept-Post`.
  static String types(boolean unary) {
    var connect =
        unary
            ? "application/json, application/proto"
            : "application/connect+json, application/connect+proto";
    return connect
        + ", application/grpc, application/grpc+proto, application/grpc+json"
        + ", application/grpc-web, application/grpc-web+proto, application/grpc-web+json"
        + ", application/grpc-web-text, application/grpc-web-text+proto";
  }

  /// The media type, lower case, without parameters.
  static String mediaType(RequestHeaders headers) {
    var type = headers.get("content-type", "");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  static boolean isGrpc(String mediaType) {
    return mediaType.equals("application/grpc")
        || mediaType.startsWith("application/grpc+")
        || mediaType.startsWith("application/grpc-web");
  }

  /// Empty when the content type is not for this procedure: 415.
  Optional<Conversation> post(Rpc rpc, RequestHeaders headers) {
    var type = mediaType(headers);
    var wire =
        switch (type) {
          case "application/json", "application/proto" -> rpc.unary() ? Wire.CONNECT_UNARY : null;
          case "application/connect+json", "application/connect+proto" ->
              rpc.unary() ? null : Wire.CONNECT_STREAM;
          case "application/grpc", "application/grpc+proto", "application/grpc+json" -> Wire.GRPC;
          case "application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json" ->
              Wire.GRPC_WEB;
          case "application/grpc-web-text",
              "application/grpc-web-text+proto",
              "application/grpc-web-text+json" ->
              Wire.GRPC_WEB_TEXT;
          default -> null;
        };
    if (wire == null) {
      return Optional.empty();
    }
    var codec = type.endsWith("json") ? json : proto;
    var form =
        wire == Wire.CONNECT_UNARY && codec == json && !headers.contains("connect-protocol-version")
            ? plainFor(headers)
            : Optional.<ErrorForm>empty();
    return Optional.of(
        new Conversation(
            wire,
            codec,
            type,
            Compression.IDENTITY,
            Compression.IDENTITY,
            Optional.empty(),
            form,
            Optional.empty(),
            headers,
            json.types()));
  }

  /// Empty when the query names no codec that is known: 415.
  Optional<Conversation> get(RequestHeaders headers, QueryParams query) {
    var bare = !query.contains("connect") && !query.contains("encoding");
    var form = bare ? plainFor(headers) : Optional.<ErrorForm>empty();
    var codec =
        form.isPresent()
            ? json
            : switch (query.get("encoding", "")) {
              case "json" -> json;
              case "proto" -> proto;
              default -> null;
            };
    if (codec == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Conversation(
            Wire.CONNECT_UNARY,
            codec,
            "application/" + codec.word(),
            Compression.IDENTITY,
            Compression.IDENTITY,
            Optional.empty(),
            form,
            Optional.empty(),
            headers,
            json.types()));
  }

  private Optional<ErrorForm> plainFor(RequestHeaders headers) {
    return plain.filter(form -> form.applies(headers));
  }

  /// The conversation with everything that may be refused in its own form.
  ///
  /// @throws io.grpc.StatusRuntimeException for a version, timeout, compression or query that is
  ///   wrong
  Conversation settle(Conversation talk, Rpc rpc, HttpMethod method, QueryParams query) {
    var headers = talk.headers();
    var get = method == HttpMethod.GET;
    if (!talk.wire().isGrpc()) {
      version(headers.get("connect-protocol-version"), "connect-protocol-version", "1");
      if (get) {
        version(query.get("connect"), "connect", "v1");
      }
    }
    var request =
        Compression.named(
            get ? query.get("compression") : headers.get(talk.wire().encodingHeader()));
    return new Conversation(
        talk.wire(),
        talk.codec(),
        talk.contentType(),
        request,
        Compression.accepted(headers.get(talk.wire().acceptHeader()), request),
        Timeouts.of(talk.wire(), headers),
        talk.plain(),
        get ? Optional.of(message(talk, rpc, query)) : Optional.empty(),
        headers,
        talk.types());
  }

  private static void version(@Nullable String given, String name, String expected) {
    if (given != null && !given.equals(expected)) {
      throw Faults.invalid(name + ": " + Faults.quoted(given) + " (expected: " + expected + ")");
    }
  }

  private static byte[] message(Conversation talk, Rpc rpc, QueryParams query) {
    if (talk.plain().isPresent()) {
      return fields(rpc.request().getDescriptorForType(), query);
    }
    var message = query.get("message");
    if (message == null) {
      throw Faults.invalid("message: missing (expected: the request as a query parameter)");
    }
    if (!"1".equals(query.get("base64"))) {
      return message.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return Base64.getUrlDecoder().decode(message);
    } catch (IllegalArgumentException e) {
      throw Faults.invalid("message: not URL-safe base64");
    }
  }

  /// Query parameters as the top-level fields of a request.
  private static byte[] fields(Descriptor type, QueryParams query) {
    var object = JsonNodeFactory.instance.objectNode();
    for (FieldDescriptor field : type.getFields()) {
      var name = query.contains(field.getName()) ? field.getName() : field.getJsonName();
      var values = query.getAll(name);
      if (values.isEmpty()) {
        continue;
      }
      if (field.isMapField()) {
        throw Faults.invalid(name + ": a map (expected: the request by POST)");
      }
      if (field.isRepeated()) {
        values.forEach(object.putArray(field.getJsonName())::add);
      } else {
        object.put(field.getJsonName(), values.getFirst());
      }
    }
    return ErrorJson.bytes(object);
  }
}
