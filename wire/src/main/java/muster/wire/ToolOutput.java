package muster.wire;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;

/// `tool.output`, a piece of a running command's output, from the agent. Exactly one of `data`,
/// `dataB64` and `gapBytes` is there.
///
/// @param executionId `execution_id`
/// @param attempt of the latest delivery the agent has seen
/// @param seq counts from 1 over both streams, without holes
/// @param stream where it came from
/// @param data text; a character is never split over two chunks
/// @param dataB64 `data_b64`, bytes that are not UTF-8, or that JSON would spell too long
/// @param gapBytes `gap_bytes`: so many bytes are left out here, 1 or more
public record ToolOutput(
    String executionId,
    long attempt,
    long seq,
    Channel stream,
    Optional<String> data,
    Optional<String> dataB64,
    OptionalLong gapBytes) {
  /// The most output one chunk holds, in bytes before any encoding.
  public static final int MAX_BYTES = 16 * 1024;

  public ToolOutput {
    ToolExecute.checkId(executionId, attempt);
    Check.range("seq", seq, 1, Long.MAX_VALUE);
    gapBytes.ifPresent(bytes -> Check.range("gap_bytes", bytes, 1, Long.MAX_VALUE));
    int kinds =
        (data.isPresent() ? 1 : 0) + (dataB64.isPresent() ? 1 : 0) + (gapBytes.isPresent() ? 1 : 0);
    if (kinds != 1) {
      throw new FieldException("data", null, "exactly one of data, data_b64 and gap_bytes");
    }
    data.ifPresent(text -> checkSize("data", text.length()));
    dataB64.ifPresent(text -> checkSize("data_b64", decode(text).length));
  }

  /// A chunk of text.
  public static ToolOutput text(String id, long attempt, long seq, Channel stream, String data) {
    return new ToolOutput(
        id, attempt, seq, stream, Optional.of(data), Optional.empty(), OptionalLong.empty());
  }

  /// A chunk of bytes that are not UTF-8.
  public static ToolOutput bytes(String id, long attempt, long seq, Channel stream, byte[] data) {
    String encoded = Base64.getEncoder().encodeToString(data);
    return new ToolOutput(
        id, attempt, seq, stream, Optional.empty(), Optional.of(encoded), OptionalLong.empty());
  }

  /// The place where `bytes` of output were left out.
  public static ToolOutput gap(String id, long attempt, long seq, Channel stream, long bytes) {
    return new ToolOutput(
        id, attempt, seq, stream, Optional.empty(), Optional.empty(), OptionalLong.of(bytes));
  }

  /// The output itself; empty for a gap.
  public byte[] bytes() {
    return data.map(text -> text.getBytes(StandardCharsets.UTF_8))
        .or(() -> dataB64.map(ToolOutput::decode))
        .orElseGet(() -> new byte[0]);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("execution_id", executionId)
        .put("attempt", attempt)
        .put("seq", seq)
        .put("stream", stream)
        .put("data", data)
        .put("data_b64", dataB64)
        .put("gap_bytes", gapBytes)
        .build();
  }

  public static ToolOutput fromJson(JsonObject json) {
    return new ToolOutput(
        json.string("execution_id"),
        json.integer("attempt"),
        json.integer("seq"),
        json.oneOf("stream", Channel.class),
        json.optString("data"),
        json.optString("data_b64"),
        json.optInteger("gap_bytes"));
  }

  private static void checkSize(String field, int size) {
    if (size > MAX_BYTES) {
      throw new FieldException(field, size + " bytes", "at most " + MAX_BYTES + " bytes");
    }
  }

  private static byte[] decode(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new FieldException("data_b64", text, "base64");
    }
  }
}
