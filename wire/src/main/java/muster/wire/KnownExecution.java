package muster.wire;

/// A command whose end the server has not acknowledged, as the agent tells it in [Hello].
///
/// @param executionId `execution_id`
/// @param attempt of the latest delivery the agent has seen, 1 or more
public record KnownExecution(String executionId, long attempt, ExecutionState state) {
  public KnownExecution {
    ToolExecute.checkId(executionId, attempt);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("execution_id", executionId)
        .put("attempt", attempt)
        .put("state", state)
        .build();
  }

  public static KnownExecution fromJson(JsonObject json) {
    return new KnownExecution(
        json.string("execution_id"),
        json.integer("attempt"),
        json.oneOf("state", ExecutionState.class));
  }
}
