package muster.it.hostile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;

/// Updates and deployments to call methods with: each a new one, over a device of its own with the
/// tag `a` that has never been there.
final class SampleDeployments {
  private static final String SERVICE = "/fleetd.v1.UpdateService/";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final TestMuster muster;

  SampleDeployments(TestMuster muster) {
    this.muster = muster;
  }

  static Map<String, ?> content() {
    return Map.of(
        "name",
        "sample " + NUMBER.incrementAndGet(),
        "version",
        "1",
        "artifacts",
        List.of(
            Map.of(
                "url",
                "https://updates.example/a",
                "checksum",
                "sha256:" + "ab".repeat(32),
                "size_bytes",
                1)));
  }

  private TestReply call(String method, Map<String, ?> message) {
    return muster.admin().post(SERVICE + method, message).expect(200);
  }

  String update() {
    return call("CreateUpdate", content()).text("updateId");
  }

  /// What can be asked for.
  Map<String, ?> request() {
    return request(Map.of());
  }

  private Map<String, ?> request(Map<String, ?> config) {
    String device = muster.enroll("deployed").id();
    muster.admin().patch("/v1/devices/" + device, Map.of("tags", List.of("a"))).expect(200);
    return Map.of(
        "update_id", update(), "device_ids", List.of(device), "config", new HashMap<>(config));
  }

  private String begun(Map<String, ?> config) {
    return call("DeployUpdate", request(config)).text("deploymentId");
  }

  /// One that waits for its device.
  String begun() {
    return begun(Map.of());
  }

  String paused() {
    String deployment = begun();
    call("PauseDeployment", Map.of("deployment_id", deployment));
    return deployment;
  }

  /// One whose first device was passed over.
  String awaitingPromotion() {
    return begun(Map.of("strategy", "CANARY", "offline_policy", "SKIP"));
  }

  String failed() {
    return begun(Map.of("offline_policy", "FAIL", "auto_rollback", false));
  }
}
