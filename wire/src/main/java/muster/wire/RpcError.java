package muster.wire;

/// The `error` of a JSON-RPC answer.
///
/// @param code one of the constants here; others are passed on as they are
/// @param message one line for people
public record RpcError(int code, String message) {
  /// The text is not JSON.
  public static final int PARSE_ERROR = -32700;

  /// The JSON is not a JSON-RPC 2.0 object.
  public static final int INVALID_REQUEST = -32600;

  public static final int METHOD_NOT_FOUND = -32601;
  public static final int INVALID_PARAMS = -32602;
  public static final int INTERNAL_ERROR = -32603;

  /// The agent has no tool of this name.
  public static final int UNKNOWN_TOOL = -32001;

  /// The device's own policy forbids it.
  public static final int DENIED = -32002;

  /// `not_after_seconds` had passed before the tool could be started.
  public static final int EXPIRED = -32003;

  /// As much runs as may run at once; the server tries again later.
  public static final int BUSY = -32004;

  /// There is no such file to follow.
  public static final int NO_SUCH_FILE = -32005;

  /// This host has no such log, or the agent may not read it.
  public static final int NO_SUCH_LOG = -32006;

  public JsonObject toJson() {
    return JsonObject.builder().put("code", code).put("message", message).build();
  }

  /// @throws FieldException when `code` is no integer
  public static RpcError fromJson(JsonObject json) {
    long code = json.integer("code");
    Check.range("code", code, Integer.MIN_VALUE, Integer.MAX_VALUE);
    return new RpcError((int) code, json.optString("message").orElse(""));
  }
}
