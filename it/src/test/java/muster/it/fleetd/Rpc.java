package muster.it.fleetd;

import java.util.Map;
import java.util.Optional;
import muster.testkit.TestClient;
import muster.testkit.TestReply;

/// Calls of fleetd's methods as JSON: plain, as curl sends it, or as a client of Connect does.
final class Rpc {
  private static final String DEVICES = "/fleetd.v1.DeviceService/";

  private Rpc() {}

  static TestReply call(TestClient client, String method, Map<String, ?> message) {
    return client.post(DEVICES + method, message);
  }

  static TestReply analytics(TestClient client, String method, Map<String, ?> message) {
    return client.post("/fleetd.v1.AnalyticsService/" + method, message);
  }

  static TestReply connect(TestClient client, String method, Map<String, ?> message) {
    return client.send(
        "POST",
        DEVICES + method,
        Optional.of(TestClient.json(message)),
        Map.of("Connect-Protocol-Version", "1"));
  }

  static String path(String method) {
    return DEVICES + method;
  }
}
