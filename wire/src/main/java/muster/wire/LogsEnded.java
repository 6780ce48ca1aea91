package muster.wire;

import java.util.Optional;

/// `logs.ended`, from the agent: no more lines of that log come.
///
/// @param followId `follow_id`
/// @param error why, where it was not the server's wish
public record LogsEnded(String followId, Optional<String> error) {
  public LogsEnded {
    Check.text("follow_id", followId, ToolExecute.MAX_ID);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("follow_id", followId).put("error", error).build();
  }

  public static LogsEnded fromJson(JsonObject json) {
    return new LogsEnded(json.string("follow_id"), json.optString("error"));
  }
}
