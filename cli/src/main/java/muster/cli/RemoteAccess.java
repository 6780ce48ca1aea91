package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/// Begins, opens and stops remote sessions of one device.
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

  RemoteStream open(JsonNode session) {
    String id = Json.text(session, "session_id");
    try {
      return api.socket(path + "/ws" + new Query().add("session", id));
    } catch (IOException e) {
      throw api.unreachable(e);
    }
  }

  JsonNode stop(ObjectNode request) {
    return api.post(path + "/stop", request);
  }

  /// Stops it if it is there.
  void stop(JsonNode session) {
    try {
      stop(Json.object().put("session_id", Json.text(session, "session_id")));
    } catch (ApiException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
  }
}
