package muster.connect;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Messages as bytes and back.
sealed interface Codec {

  /// The word in content types: `proto` or `json`.
  String word();

  /// @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for anything that is not such a
  ///   message
  Message decode(byte[] bytes, Message prototype);

  byte[] encode(Message message);

  /// The binary form.
  record Proto() implements Codec {
    @Override
    public String word() {
      return "proto";
    }

    @Override
    public Message decode(byte[] bytes, Message prototype) {
      try {
        return prototype.getParserForType().parseFrom(ByteString.copyFrom(bytes));
      } catch (InvalidProtocolBufferException e) {
        throw Faults.invalid("message: not a valid " + prototype.getDescriptorForType().getName());
      }
    }

    @Override
    public byte[] encode(Message message) {
      return message.toByteArray();
    }
  }

  /// Protobuf's JSON. Unknown fields are ignored; on top of the canonical form it takes field masks
  /// as objects and enum words without their prefix, see [JsonInput].
  ///
  /// @param types what may stand in an `Any`
  record Json(JsonFormat.TypeRegistry types) implements Codec {
    @Override
    public String word() {
      return "json";
    }

    @Override
    public Message decode(byte[] bytes, Message prototype) {
      var builder = prototype.newBuilderForType();
      try {
        var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        var input = JsonInput.read(text, prototype.getDescriptorForType());
        JsonFormat.parser()
            .usingTypeRegistry(types)
            .ignoringUnknownFields()
            .merge(input.json(), builder);
        input.putMasks(builder);
        return builder.build();
      } catch (InvalidProtocolBufferException e) {
        throw Faults.invalid("message: " + Faults.shown(e.getMessage()));
      } catch (CharacterCodingException e) {
        throw Faults.invalid("message: not UTF-8");
      } catch (io.grpc.StatusRuntimeException e) {
        throw e;
      } catch (RuntimeException e) {
        // JsonFormat throws unchecked exceptions for values of a wrong shape.
        throw Faults.invalid(
            "message: not the JSON of a " + prototype.getDescriptorForType().getName());
      }
    }

    @Override
    public byte[] encode(Message message) {
      try {
        return JsonFormat.printer()
            .usingTypeRegistry(types)
            .omittingInsignificantWhitespace()
            .print(message)
            .getBytes(StandardCharsets.UTF_8);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("an Any of a type outside the registry", e);
      }
    }
  }
}
