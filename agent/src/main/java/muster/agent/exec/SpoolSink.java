package muster.agent.exec;

import java.io.IOException;
import java.util.Optional;
import muster.agent.log.Log;
import muster.agent.tool.Utf8;
import muster.wire.Channel;
import muster.wire.ToolOutput;

/// Numbers the chunks of one execution and puts them on its spool. When the disk is full the rest
/// of the output is dropped and the command goes on. Called under the lock of its [Output].
final class SpoolSink implements HeadTail.Sink {
  /// JSON may spell one byte with six characters; text that would grow like that travels as base64.
  private static final int LONGEST_TEXT = 2 * ToolOutput.MAX_BYTES + 1024;

  private final String id;
  private final long attempt;
  private final Spool spool;
  private final Runnable grown;
  private final Log log;
  private boolean failed;

  /// @param grown called after each chunk
  SpoolSink(String id, long attempt, Spool spool, Runnable grown, Log log) {
    this.id = id;
    this.attempt = attempt;
    this.spool = spool;
    this.grown = grown;
    this.log = log;
  }

  @Override
  public void chunk(Channel channel, byte[] bytes) {
    long seq = spool.count() + 1;
    Optional<ToolOutput> text =
        Utf8.decode(bytes)
            .map(data -> ToolOutput.text(id, attempt, seq, channel, data))
            .filter(chunk -> chunk.toJson().toString().length() <= LONGEST_TEXT);
    append(text.orElseGet(() -> ToolOutput.bytes(id, attempt, seq, channel, bytes)));
  }

  @Override
  public void gap(Channel channel, long bytes) {
    append(ToolOutput.gap(id, attempt, spool.count() + 1, channel, bytes));
  }

  /// Whether output could not be kept.
  boolean failed() {
    return failed;
  }

  private void append(ToolOutput chunk) {
    if (failed) {
      return;
    }
    try {
      spool.append(chunk);
      grown.run();
    } catch (IOException e) {
      failed = true;
      log.error(id + ": output is dropped: " + Log.reason(e));
    }
  }
}
