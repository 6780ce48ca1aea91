package muster.connect;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.RequestHeaders;
import java.time.Duration;
import java.util.Optional;

/// What a caller and this server agreed to speak for one call.
///
/// @param request how the caller compresses
/// @param answer how answers are compressed
/// @param timeout from the caller; empty when it waits for ever
/// @param plain how errors look for this caller when it is no Connect client
/// @param message the message of a GET, which has no body
record Conversation(
    Wire wire,
    Codec codec,
    String contentType,
    Compression request,
    Compression answer,
    Optional<Duration> timeout,
    Optional<ErrorForm> plain,
    Optional<byte[]> message,
    RequestHeaders headers,
    JsonFormat.TypeRegistry types) {

  Frames frames(int limit) {
    return wire == Wire.CONNECT_UNARY
        ? new Frames.Whole(request, limit)
        : new Frames.Enveloped(request, limit, wire == Wire.GRPC_WEB_TEXT);
  }

  /// A message of the caller; a plain caller may send nothing for an empty one.
  Message decode(byte[] message, Message prototype) {
    return message.length == 0 && plain.isPresent() ? prototype : codec.decode(message, prototype);
  }
}
