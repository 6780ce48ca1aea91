package muster.api.snippbot;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import muster.command.Command;
import muster.command.Commands;
import muster.command.OutputChunk;

/// What a command printed so far, as one text: both streams in the order in which they came, and
/// the second by itself (F042). Bytes that are no UTF-8 are replaced.
final class ExecutionOutput implements Commands.Follower {
  private final int most;
  private final ByteArrayOutputStream all = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private boolean truncated;

  /// @param most how many bytes are kept; the rest is left out
  ExecutionOutput(int most) {
    this.most = most;
  }

  @Override
  public void status(Command command) {}

  @Override
  public void output(OutputChunk chunk) {
    truncated |= chunk.gapBytes() > 0;
    keep(all, chunk.data());
    if (chunk.stream() == OutputChunk.Stream.STDERR) {
      keep(stderr, chunk.data());
    }
  }

  private void keep(ByteArrayOutputStream kept, byte[] data) {
    int room = Math.min(data.length, most - kept.size());
    kept.write(data, 0, room);
    truncated |= room < data.length;
  }

  @Override
  public void idle() {}

  String all() {
    return all.toString(StandardCharsets.UTF_8);
  }

  String stderr() {
    return stderr.toString(StandardCharsets.UTF_8);
  }

  boolean isTruncated() {
    return truncated;
  }
}
