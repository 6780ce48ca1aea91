package muster.wire;

/// `device.disconnect`, sent by the server before it closes on purpose.
///
/// @param reason one line for the agent's log; absent means empty
public record Disconnect(String reason) {
  public JsonObject toJson() {
    return JsonObject.builder().put("reason", reason).build();
  }

  public static Disconnect fromJson(JsonObject json) {
    return new Disconnect(json.optString("reason").orElse(""));
  }
}
