package muster.it.agents;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;

/// One agent as its page shows it to an administrator: what it is, and what it was given to do.
record AgentPage(TestMuster muster, FakeDevice device) {
  String path(String rest) {
    return "/api/agents/" + device.id() + rest;
  }

  JsonNode detail() {
    return muster.admin().get(path("")).expect(200).json();
  }

  /// Gives it a line for its shell, with the page's 30 s; returns the command's id.
  String shell(String line) {
    return muster
        .admin()
        .post(
            path("/commands"),
            Map.of("type", "shell", "params", Map.of("command", line, "timeout", 30)))
        .expect(200)
        .text("command_id");
  }

  JsonNode command(String id) {
    return muster.admin().get(path("/commands/" + id)).expect(200).json();
  }

  void awaitCommand(String id, String status) {
    Awaitility.await().until(() -> command(id).path("status").asText().equals(status));
  }

  void awaitPresence(String status) {
    Awaitility.await().until(() -> detail().path("status").asText().equals(status));
  }
}
