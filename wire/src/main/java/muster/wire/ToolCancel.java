package muster.wire;

/// `tool.cancel`, the server's request to stop a command. Answered by `{}` whether or not the agent
/// knows the id; how it ended is told by [ToolResult].
///
/// @param executionId `execution_id`
public record ToolCancel(String executionId) {
  public ToolCancel {
    Check.text("execution_id", executionId, ToolExecute.MAX_ID);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("execution_id", executionId).build();
  }

  public static ToolCancel fromJson(JsonObject json) {
    return new ToolCancel(json.string("execution_id"));
  }
}
