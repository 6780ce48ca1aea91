package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Begins and stops remote sessions of one device.
final class RemoteAccess {
  private final Api api;
  private final String path;

  /// @param device as the server describes it
  RemoteAccess(Api api, JsonNode device) {
    this.api = api;
    this.path = "/api/devices/" + Query.encoded(Json.text(device, "id")) + "/remote";
  }

  /// The server's answer: the session.
  JsonNode start(ObjectNode request) {
    return api.post(path + "/start", request);
  }

  /// Where its bytes come and go.
  String socket(JsonNode session) {
    return path + "/ws" + new Query().add("session", Json.text(session, "session_id"));
  }

  JsonNode stop(ObjectNode request) {
    return api.post(path + "/stop", request);
  }
}
