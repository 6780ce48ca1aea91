package muster.command;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a command printed so far, as one text: both streams in the order in which they came, and
/// the second by itself (Snippbot's F042). Bytes that are no UTF-8 are replaced.
///
/// @param isTruncated whether something is missing from it
public record ExecutionOutput(String all, String stderr, boolean isTruncated) {
  /// @param most how many bytes are kept; the rest is left out
  public static ExecutionOutput of(List<OutputChunk> chunks, int most) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    boolean whole = true;
    for (OutputChunk chunk : chunks) {
      boolean kept = keep(all, chunk.data(), most);
      whole &= kept && chunk.gapBytes() == 0;
      if (chunk.stream() == OutputChunk.Stream.STDERR) {
        keep(stderr, chunk.data(), most);
      }
    }
    return new ExecutionOutput(
        all.toString(StandardCharsets.UTF_8), stderr.toString(StandardCharsets.UTF_8), !whole);
  }

  /// Whether all of it found room.
  private static boolean keep(ByteArrayOutputStream kept, byte[] data, int most) {
    int room = Math.min(data.length, most - kept.size());
    kept.write(data, 0, room);
    return room == data.length;
  }
}
