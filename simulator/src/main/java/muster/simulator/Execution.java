package muster.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.KnownExecution;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// A command in a virtual device's journal: started once, and remembered. For the device's loop.
final class Execution {
  private static final int CHUNK = 8 * 1024;

  private final String id;
  private final Answer answer;
  private final long startedNanos = System.nanoTime();
  private long attempt;
  private boolean acknowledged;
  private Optional<ToolStatus> status = Optional.empty();
  private String error = "";
  private long millis;

  Execution(String id, long attempt, Answer answer) {
    this.id = id;
    this.attempt = attempt;
    this.answer = answer;
  }

  String id() {
    return id;
  }

  /// Told about under this number from now on.
  void deliveredAgain(long number) {
    attempt = Math.max(attempt, number);
  }

  boolean isRunning() {
    return status.isEmpty();
  }

  boolean isAcknowledged() {
    return acknowledged;
  }

  void acknowledge() {
    acknowledged = true;
  }

  /// Only the first end counts.
  void end(ToolStatus how, String why) {
    if (status.isEmpty()) {
      status = Optional.of(how);
      error = why;
      millis = (System.nanoTime() - startedNanos) / 1_000_000;
    }
  }

  ExecutionState state() {
    return isRunning() ? ExecutionState.RUNNING : ExecutionState.FINISHED;
  }

  KnownExecution known() {
    return new KnownExecution(id, attempt, state());
  }

  /// What it printed, from the start, as chunks; all of it was printed at the start.
  List<ToolOutput> output(long after) {
    List<ToolOutput> chunks = new ArrayList<>();
    byte[] bytes = answer.output().getBytes(StandardCharsets.UTF_8);
    for (int from = 0, seq = 1; from < bytes.length; from += CHUNK, seq++) {
      if (seq > after) {
        int length = Math.min(CHUNK, bytes.length - from);
        String text = new String(bytes, from, length, StandardCharsets.UTF_8);
        chunks.add(ToolOutput.text(id, attempt, seq, Channel.STDOUT, text));
      }
    }
    return chunks;
  }

  ToolResult result() {
    ToolStatus how = status.orElseThrow();
    return new ToolResult(
        id,
        attempt,
        how,
        how == ToolStatus.COMPLETED ? OptionalInt.of(answer.exitCode()) : OptionalInt.empty(),
        error.isEmpty() ? Optional.empty() : Optional.of(error),
        millis,
        false);
  }
}
