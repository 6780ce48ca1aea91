package muster.command;

import java.util.Arrays;
import java.util.Locale;

/// A piece of a command's output. `seq` counts from 1 over both streams; `gapBytes` above 0 stands
/// for that many bytes left out here, and `data` is empty then.
public record OutputChunk(long seq, Stream stream, byte[] data, long gapBytes) {
  /// The most a chunk may hold.
  public static final int MAX_BYTES = 16 * 1024;

  /// The highest `seq` that is taken: more chunks than that are not output but an attack.
  public static final long MAX_SEQ = (1 << 20) - 1;

  public enum Stream {
    STDOUT,
    STDERR;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The same with so many chunks before it.
  OutputChunk after(long chunks) {
    return new OutputChunk(seq + chunks, stream, data, gapBytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OutputChunk chunk
        && chunk.seq == seq
        && chunk.stream == stream
        && chunk.gapBytes == gapBytes
        && Arrays.equals(chunk.data, data);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(seq);
  }

  @Override
  public String toString() {
    return "OutputChunk[%d %s %d bytes]".formatted(seq, stream, data.length);
  }
}
