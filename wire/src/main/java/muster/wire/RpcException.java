package muster.wire;

import java.util.Optional;

/// A frame or a request that is answered with an error. Carries no stack trace.
public final class RpcException extends JsonException {
  private static final long serialVersionUID = 1;

  private final transient RpcError error;
  private final transient Optional<Rpc.Id> id;

  /// A refusal of a request; the caller knows its id.
  public RpcException(int code, String message) {
    this(new RpcError(code, message), Optional.empty());
  }

  RpcException(RpcError error, Optional<Rpc.Id> id) {
    super(error.message());
    this.error = error;
    this.id = id;
  }

  public RpcError error() {
    return error;
  }

  /// The id of the offending request when the frame shows one.
  public Optional<Rpc.Id> id() {
    return id;
  }
}
