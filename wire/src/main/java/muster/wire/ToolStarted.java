package muster.wire;

/// The agent's answer to [ToolExecute]: its journal holds the command.
///
/// @param status `finished` when the id had run before; its output and result are sent again
public record ToolStarted(ExecutionState status) {
  public JsonObject toJson() {
    return JsonObject.builder().put("status", status).build();
  }

  public static ToolStarted fromJson(JsonObject json) {
    return new ToolStarted(json.oneOf("status", ExecutionState.class));
  }
}
