package muster.wire;

import java.util.Optional;

/// The answer to [RegisterRequest].
///
/// @param deviceId `device_id`
/// @param authToken `auth_token`, the secret `agt_…`; the only time it is told
/// @param name the device got, for display; absent on servers that do not say
/// @param orgId `org_id`, always `default` so far
/// @param wsUrl `ws_url` of the KVM Fleet dialect's socket
/// @param deviceWsUrl `device_ws_url` of this protocol's socket; absent on servers that lack it
public record RegisterReply(
    String deviceId,
    String authToken,
    Optional<String> name,
    Optional<String> orgId,
    String wsUrl,
    Optional<String> deviceWsUrl) {

  public RegisterReply {
    Check.text("device_id", deviceId, ToolExecute.MAX_ID);
    RegisterRequest.checkSecret("auth_token", authToken);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("device_id", deviceId)
        .put("auth_token", authToken)
        .put("name", name)
        .put("org_id", orgId)
        .put("ws_url", wsUrl)
        .put("device_ws_url", deviceWsUrl)
        .build();
  }

  public static RegisterReply fromJson(JsonObject json) {
    return new RegisterReply(
        json.string("device_id"),
        RegisterRequest.secret(json, "auth_token"),
        json.optString("name"),
        json.optString("org_id"),
        json.string("ws_url"),
        json.optString("device_ws_url"));
  }

  /// Without the secret.
  @Override
  public String toString() {
    return "RegisterReply[deviceId=" + deviceId + ", name=" + name + "]";
  }
}
