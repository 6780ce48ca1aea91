package muster.agent.link;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import muster.agent.exec.Tracked;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;

/// What of the commands' output and ends has been sent on one connection, and what comes next: each
/// command's chunks in order, then its result, the commands taking turns. Thread-safe.
final class Deliveries {
  private final Supplier<List<Tracked>> tracked;
  private final LongSupplier requestIds;
  private final Map<String, Long> sentSeq = new HashMap<>();
  private final Set<String> resultSent = new HashSet<>();
  private final Map<Long, ToolResult> unanswered = new HashMap<>();
  private boolean open;
  private int turn;

  /// @param tracked everything that is still to be told
  /// @param requestIds gives a new id for every request
  Deliveries(Supplier<List<Tracked>> tracked, LongSupplier requestIds) {
    this.tracked = tracked;
    this.requestIds = requestIds;
  }

  /// What the server has already, as it answers hello with.
  synchronized void resume(String executionId, long receivedSeq) {
    sentSeq.put(executionId, receivedSeq);
  }

  /// From now on there is something to send.
  synchronized void open() {
    open = true;
  }

  /// The server sent this one again: all of it is to be told again.
  synchronized void again(String executionId) {
    sentSeq.remove(executionId);
    resultSent.remove(executionId);
  }

  /// The next frame; empty when nothing is to be sent now.
  synchronized Optional<String> next() {
    if (!open) {
      return Optional.empty();
    }
    List<Tracked> all = tracked.get();
    for (int i = 0; i < all.size(); i++) {
      turn = (turn + 1) % all.size();
      Optional<String> frame = next(all.get(turn));
      if (frame.isPresent()) {
        return frame;
      }
    }
    return Optional.empty();
  }

  /// The result that an answered request held; empty for requests of another kind.
  synchronized Optional<ToolResult> answered(Rpc.Id id) {
    return id.value() instanceof Long number
        ? Optional.ofNullable(unanswered.remove(number))
        : Optional.empty();
  }

  private Optional<String> next(Tracked execution) {
    // The result first: when it is there, all output is on the spool.
    Optional<ToolResult> result = execution.result();
    long seq = sentSeq.getOrDefault(execution.id(), 0L) + 1;
    Optional<ToolOutput> chunk = execution.output(seq);
    if (chunk.isPresent()) {
      sentSeq.put(execution.id(), seq);
      return Optional.of(new Rpc.Notification(Methods.OUTPUT, chunk.get().toJson()).format());
    }
    if (result.isEmpty() || !resultSent.add(execution.id())) {
      return Optional.empty();
    }
    long id = requestIds.getAsLong();
    unanswered.put(id, result.get());
    return Optional.of(
        new Rpc.Request(Rpc.Id.of(id), Methods.RESULT, result.get().toJson()).format());
  }
}
