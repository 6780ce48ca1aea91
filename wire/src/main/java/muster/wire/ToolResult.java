package muster.wire;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// `tool.result`, the end of a command, from the agent after all output. A request, sent again on
/// every connection until the server answers `{}`.
///
/// @param executionId `execution_id`
/// @param attempt of the latest delivery the agent has seen
/// @param exitCode `exit_code`, 0..255, 128 + n when signal n ended it; absent when it has none
/// @param error what went wrong, one line for people; absent when nothing did
/// @param durationMs `duration_ms` by the agent's monotonic clock; 0 when unknown
/// @param truncated whether output was left out
public record ToolResult(
    String executionId,
    long attempt,
    ToolStatus status,
    OptionalInt exitCode,
    Optional<String> error,
    long durationMs,
    boolean truncated) {

  public ToolResult {
    ToolExecute.checkId(executionId, attempt);
    Check.notNegative("duration_ms", durationMs);
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("execution_id", executionId)
            .put("attempt", attempt)
            .put("status", status)
            .putNull("exit_code")
            .putNull("error")
            .put("error", error)
            .put("duration_ms", durationMs)
            .put("truncated", truncated);
    exitCode.ifPresent(code -> json.put("exit_code", code));
    return json.build();
  }

  public static ToolResult fromJson(JsonObject json) {
    OptionalLong exitCode = json.optInteger("exit_code");
    exitCode.ifPresent(
        code -> Check.range("exit_code", code, Integer.MIN_VALUE, Integer.MAX_VALUE));
    return new ToolResult(
        json.string("execution_id"),
        json.integer("attempt"),
        json.oneOf("status", ToolStatus.class),
        exitCode.isPresent() ? OptionalInt.of((int) exitCode.getAsLong()) : OptionalInt.empty(),
        json.optString("error"),
        json.optInteger("duration_ms").orElse(0),
        json.flag("truncated"));
  }
}
