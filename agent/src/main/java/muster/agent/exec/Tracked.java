package muster.agent.exec;

import java.io.IOException;
import java.util.Optional;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.KnownExecution;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;

/// An execution whose end the server has not acknowledged. Thread-safe.
public final class Tracked {
  private final String id;
  private final Spool spool;
  private volatile long attempt;
  private volatile Optional<ToolResult> result;
  private volatile Optional<Launcher.Running> execution = Optional.empty();

  /// Output was there that could not be read.
  private volatile boolean unreadable;

  private volatile boolean left;

  Tracked(String id, long attempt, Spool spool, Optional<ToolResult> result) {
    this.id = id;
    this.attempt = attempt;
    this.spool = spool;
    this.result = result;
  }

  public String id() {
    return id;
  }

  public KnownExecution known() {
    return new KnownExecution(
        id, attempt, result.isPresent() ? ExecutionState.FINISHED : ExecutionState.RUNNING);
  }

  /// A chunk under the latest attempt; empty when it is not there (yet). One that cannot be read is
  /// a gap of about its size, and the end says so too.
  public Optional<ToolOutput> output(long seq) {
    long latest = attempt;
    try {
      return spool
          .read(seq)
          .map(chunk ->
              new ToolOutput(
                  id,
                  latest,
                  seq,
                  chunk.stream(),
                  chunk.data(),
                  chunk.dataB64(),
                  chunk.gapBytes()));
    } catch (IOException e) {
      unreadable = true;
      return Optional.of(ToolOutput.gap(id, latest, seq, Channel.STDOUT, spool.length(seq)));
    }
  }

  /// Its end under the latest attempt; empty while it runs. All its output is there before.
  public Optional<ToolResult> result() {
    long latest = attempt;
    return result.map(end ->
        new ToolResult(
            id,
            latest,
            end.status(),
            end.exitCode(),
            end.error(),
            end.durationMs(),
            end.truncated() || unreadable));
  }

  void redelivered(long newAttempt) {
    attempt = newAttempt;
  }

  /// Its end may have been told before this.
  synchronized void runs(Launcher.Running running) {
    execution = result.isPresent() ? Optional.empty() : Optional.of(running);
  }

  synchronized void ended(ToolResult end) {
    result = Optional.of(end);
    execution = Optional.empty();
  }

  /// Nothing of it runs any more, and it has no end.
  synchronized void left() {
    left = true;
    execution = Optional.empty();
  }

  boolean isLeft() {
    return left;
  }

  Optional<Launcher.Running> execution() {
    return execution;
  }

  Spool spool() {
    return spool;
  }
}
