package muster.wire;

/// `logs.stop`, the server's request to follow that log no more. Answered by `{}`, also when
/// nothing of that name is followed.
///
/// @param followId `follow_id`
public record LogsStop(String followId) {
  public LogsStop {
    Check.text("follow_id", followId, ToolExecute.MAX_ID);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("follow_id", followId).build();
  }

  public static LogsStop fromJson(JsonObject json) {
    return new LogsStop(json.string("follow_id"));
  }
}
