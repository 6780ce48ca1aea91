package muster.agent.logs;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import muster.wire.LogLines;

/// A log that goes on. One thread reads; [#close] comes from any, more than once.
interface LogSource extends Closeable {
  /// The next line; empty when there is none now.
  ///
  /// @throws IOException when the log has ended, saying why
  Optional<LogLines.Line> next() throws IOException;

  /// Waits until there may be a line.
  void await() throws IOException, InterruptedException;

  /// Whether all has been read that was there at the beginning.
  boolean caughtUp();

  /// Whether the cursor to go on behind was not found. Known before the first line.
  boolean gap();

  /// Ends an [#await] of another thread.
  @Override
  void close();
}
