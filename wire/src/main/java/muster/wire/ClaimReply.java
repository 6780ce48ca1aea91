package muster.wire;

import java.util.Optional;

/// The answer to [ClaimRequest].
///
/// @param deviceId `device_id`
/// @param token the secret `agt_…`; the only time it is told
/// @param status `approved`, or `pending` until somebody approves the device
/// @param wsUrl `ws_url` of this protocol's socket
/// @param name the device got, for display; absent on servers that do not say
public record ClaimReply(
    String deviceId, String token, String status, String wsUrl, Optional<String> name) {
  private static final String APPROVED = "approved";

  public ClaimReply {
    Check.text("device_id", deviceId, ToolExecute.MAX_ID);
    RegisterRequest.checkSecret("token", token);
  }

  /// Whether the device may connect.
  public boolean isApproved() {
    return status.equals(APPROVED);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("device_id", deviceId)
        .put("token", token)
        .put("status", status)
        .put("approved", isApproved())
        .put("ws_url", wsUrl)
        .put("name", name)
        .build();
  }

  public static ClaimReply fromJson(JsonObject json) {
    return new ClaimReply(
        json.string("device_id"),
        RegisterRequest.secret(json, "token"),
        json.string("status"),
        json.string("ws_url"),
        json.optString("name"));
  }

  /// Without the secret.
  @Override
  public String toString() {
    return "ClaimReply[deviceId=" + deviceId + ", status=" + status + "]";
  }
}
