package muster.agent.journal;

import java.time.Instant;
import java.util.Optional;
import muster.wire.JsonObject;
import muster.wire.ToolResult;

/// What is known about one execution.
///
/// @param id the server's
/// @param attempt of the latest delivery the agent has seen
/// @param at when it was started or, once it ended, ended
/// @param process empty until it runs, and where `/proc` does not tell
/// @param result empty until it ended
/// @param acknowledged the server has the result
public record Entry(
    String id,
    long attempt,
    Instant at,
    Optional<ProcessMark> process,
    Optional<ToolResult> result,
    boolean acknowledged) {

  static Entry started(String id, long attempt, Instant at) {
    return new Entry(id, attempt, at, Optional.empty(), Optional.empty(), false);
  }

  Entry with(ProcessMark mark) {
    return new Entry(id, attempt, at, Optional.of(mark), result, acknowledged);
  }

  Entry ended(ToolResult end, Instant when) {
    return new Entry(id, attempt, when, process, Optional.of(end), acknowledged);
  }

  /// Delivered again: whatever the server had is to be told once more.
  Entry redelivered(long newAttempt) {
    return new Entry(id, newAttempt, at, process, result, false);
  }

  Entry acknowledge() {
    return new Entry(id, attempt, at, process, result, true);
  }

  JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder().put("id", id).put("attempt", attempt).put("at", at.toEpochMilli());
    process.ifPresent(mark -> json.put("process", mark.toJson()));
    result.ifPresent(end -> json.put("result", end.toJson()));
    return json.put("acknowledged", acknowledged).build();
  }

  static Entry fromJson(JsonObject json) {
    return new Entry(
        json.string("id"),
        json.integer("attempt"),
        Instant.ofEpochMilli(json.integer("at")),
        json.optObject("process").map(ProcessMark::fromJson),
        json.optObject("result").map(ToolResult::fromJson),
        json.flag("acknowledged"));
  }
}
