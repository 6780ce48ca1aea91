package muster.connect;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;

/// A procedure that is served.
///
/// @param request an empty request
/// @param safe whether it has no side effects, so that GET may call it
/// @param limit the most bytes of a message, uncompressed
record Rpc(
    ServerMethodDefinition<Message, Message> method, Message request, boolean safe, int limit) {

  /// @throws IllegalArgumentException for a method whose messages are not protobuf's
  @SuppressWarnings("unchecked") // its messages are protobuf's: that is checked here
  static Rpc of(ServerMethodDefinition<?, ?> method, int limit) {
    var descriptor = method.getMethodDescriptor();
    if (!(descriptor.getRequestMarshaller()
            instanceof MethodDescriptor.PrototypeMarshaller<?> requests)
        || !(requests.getMessagePrototype() instanceof Message request)) {
      throw new IllegalArgumentException(
          descriptor.getFullMethodName() + ": expected: requests that are protobuf messages");
    }
    var safe =
        descriptor.isSafe()
            || (descriptor.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier proto
                && proto.getMethodDescriptor().getOptions().getIdempotencyLevel()
                    == IdempotencyLevel.NO_SIDE_EFFECTS);
    return new Rpc((ServerMethodDefinition<Message, Message>) method, request, safe, limit);
  }

  boolean unary() {
    return type() == MethodDescriptor.MethodType.UNARY;
  }

  MethodDescriptor.MethodType type() {
    return method.getMethodDescriptor().getType();
  }
}
