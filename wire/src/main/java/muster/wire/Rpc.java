package muster.wire;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One JSON-RPC 2.0 object, that is one text frame. Params and results are objects throughout;
/// batches and positional params are refused.
public sealed interface Rpc {

  /// The frame's text.
  String format();

  /// A call that will be answered by [Success] or [Failure] of the same id.
  record Request(Id id, String method, JsonObject params) implements Rpc {
    @Override
    public String format() {
      return text(frame().raw("id", id.value()).put("method", method).put("params", params));
    }
  }

  /// A call without an answer.
  record Notification(String method, JsonObject params) implements Rpc {
    @Override
    public String format() {
      return text(frame().put("method", method).put("params", params));
    }
  }

  /// The answer to a request that was carried out.
  record Success(Id id, JsonObject result) implements Rpc {
    @Override
    public String format() {
      return text(frame().raw("id", id.value()).put("result", result));
    }
  }

  /// The answer to a request that was refused or failed.
  ///
  /// @param id empty when the request could not be read so far
  record Failure(Optional<Id> id, RpcError error) implements Rpc {
    @Override
    public String format() {
      @Nullable Object shown = id.map(Id::value).orElse(null);
      return text(frame().raw("id", shown).put("error", error.toJson()));
    }
  }

  /// What ties an answer to its request: chosen by who asks, unique among its open requests.
  ///
  /// @param value a `Long` or a `String`
  record Id(Object value) {
    private static final int MAX_LENGTH = 128;

    public Id {
      if (value instanceof String text) {
        Check.text("id", text, MAX_LENGTH);
      } else if (!(value instanceof Long)) {
        throw new FieldException("id", value, "a string or an integer");
      }
    }

    public static Id of(long value) {
      return new Id(value);
    }
  }

  /// Reads a frame.
  ///
  /// @throws RpcException with −32700 for text that is not JSON and −32600 for JSON that is no
  ///   frame; it carries the id where the frame shows one
  static Rpc parse(String text) {
    if (text.stripLeading().startsWith("[")) {
      throw new RpcException(
          new RpcError(RpcError.INVALID_REQUEST, "a batch (expected: one message)"),
          Optional.empty());
    }
    JsonObject json;
    try {
      json = Json.parseObject(text);
    } catch (JsonException e) {
      throw new RpcException(
          new RpcError(RpcError.PARSE_ERROR, String.valueOf(e.getMessage())), Optional.empty());
    }
    Optional<Id> id = Optional.empty();
    try {
      id = Optional.ofNullable(json.asMap().get("id")).map(Id::new);
      return read(json, id);
    } catch (FieldException e) {
      throw new RpcException(
          new RpcError(RpcError.INVALID_REQUEST, String.valueOf(e.getMessage())), id);
    }
  }

  private static Rpc read(JsonObject json, Optional<Id> id) {
    if (!"2.0".equals(json.asMap().get("jsonrpc"))) {
      throw new FieldException("jsonrpc", json.asMap().get("jsonrpc"), "\"2.0\"");
    }
    Optional<String> method = json.optString("method");
    if (method.isPresent()) {
      JsonObject params = json.optObject("params").orElse(JsonObject.empty());
      return id.isPresent()
          ? new Request(id.get(), method.get(), params)
          : new Notification(method.get(), params);
    }
    if (json.has("error")) {
      return new Failure(id, RpcError.fromJson(json.object("error")));
    }
    if (id.isEmpty() || !json.has("result")) {
      throw new FieldException("method", null, "a method, or an id with a result or an error");
    }
    return new Success(id.get(), json.object("result"));
  }

  private static JsonObject.Builder frame() {
    return JsonObject.builder().put("jsonrpc", "2.0");
  }

  private static String text(JsonObject.Builder frame) {
    return frame.build().toString();
  }
}
