package muster.connect;

/// What a caller speaks.
public enum Wire {
  /// gRPC over HTTP/2 with trailers.
  GRPC("grpc-"),
  /// gRPC-Web: trailers as the last frame of the body.
  GRPC_WEB("grpc-"),
  /// gRPC-Web whose body is base64, for browsers that read text only.
  GRPC_WEB_TEXT("grpc-"),
  /// Connect unary by POST or GET: the body is the message.
  CONNECT_UNARY(""),
  /// Connect streams: enveloped messages, the end as an envelope.
  CONNECT_STREAM("connect-");

  private final String prefix;

  Wire(String prefix) {
    this.prefix = prefix;
  }

  boolean isGrpc() {
    return this == GRPC || this == GRPC_WEB || this == GRPC_WEB_TEXT;
  }

  /// Names how messages are compressed.
  String encodingHeader() {
    return prefix.isEmpty()
        ? "content-encoding"
        : isGrpc() ? "grpc-encoding" : "connect-content-encoding";
  }

  /// Names how the other side may compress its messages.
  String acceptHeader() {
    return prefix + "accept-encoding";
  }
}
