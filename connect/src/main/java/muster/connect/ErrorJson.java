package muster.connect;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.DebugInfo;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.RequestHeaders;
import io.grpc.Metadata;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;

/// Errors as JSON: Connect's form, the end of a Connect stream, and the plain one.
final class ErrorJson {

  private static final JsonMapper MAPPER = new JsonMapper();

  private ErrorJson() {}

  static byte[] bytes(ObjectNode json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Code, message and the details that trailers carry.
  static Status proto(io.grpc.Status status, Metadata trailers) {
    return StatusProto.fromStatusAndTrailers(status, trailers);
  }

  /// Connect's error: `code`, and where there are any `message` and `details`.
  static ObjectNode connect(Status status, JsonFormat.TypeRegistry types) {
    var json = JsonNodeFactory.instance.objectNode();
    json.put("code", Codes.word(code(status)));
    if (!status.getMessage().isEmpty()) {
      json.put("message", status.getMessage());
    }
    if (status.getDetailsCount() > 0) {
      var details = json.putArray("details");
      for (Any any : status.getDetailsList()) {
        var detail = details.addObject();
        detail.put("type", any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1));
        detail.put("value", MetadataHeaders.encode(any.getValue().toByteArray()));
        debug(any, types, detail);
      }
    }
    return json;
  }

  private static void debug(Any any, JsonFormat.TypeRegistry types, ObjectNode detail) {
    try {
      var type = types.find(any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1));
      if (type != null) {
        var message = com.google.protobuf.DynamicMessage.parseFrom(type, any.getValue());
        detail.set(
            "debug", MAPPER.readTree(JsonFormat.printer().usingTypeRegistry(types).print(message)));
      }
    } catch (java.io.IOException e) {
      detail.remove("debug"); // it is for people; the value is complete without it
    }
  }

  /// The last envelope of a Connect stream.
  static ObjectNode endOfStream(
      io.grpc.Status status, Metadata trailers, JsonFormat.TypeRegistry types) {
    var json = JsonNodeFactory.instance.objectNode();
    if (!status.isOk()) {
      json.set("error", connect(proto(status, trailers), types));
    }
    var metadata = JsonNodeFactory.instance.objectNode();
    MetadataHeaders.write(trailers, (name, value) -> metadata.withArrayProperty(name).add(value));
    if (!metadata.isEmpty()) {
      json.set("metadata", metadata);
    }
    return json;
  }

  static ErrorForm.Answer plain(Status status, RequestHeaders request) {
    var code = code(status);
    var json = JsonNodeFactory.instance.objectNode();
    json.put("code", code.name());
    json.put("message", status.getMessage());
    var details = json.putObject("details");
    try {
      for (Any any : status.getDetailsList()) {
        if (any.is(ErrorInfo.class)) {
          any.unpack(ErrorInfo.class).getMetadataMap().forEach(details::put);
        } else if (any.is(RequestInfo.class)) {
          details.put("request_id", any.unpack(RequestInfo.class).getRequestId());
        } else if (any.is(RetryInfo.class)) {
          details.put(
              "retry_after_seconds", any.unpack(RetryInfo.class).getRetryDelay().getSeconds());
        } else if (any.is(DebugInfo.class)) {
          details.put("debug", any.unpack(DebugInfo.class).getDetail());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a detail that the server itself made is broken", e);
    }
    int http = code == io.grpc.Status.Code.FAILED_PRECONDITION ? 412 : Codes.httpStatus(code);
    return new ErrorForm.Answer(http, json.toString());
  }

  private static io.grpc.Status.Code code(Status status) {
    return io.grpc.Status.fromCodeValue(status.getCode()).getCode();
  }
}
