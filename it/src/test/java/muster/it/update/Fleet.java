package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.ToolStatus;

/// Devices that are updated in these tests, and what people do with them, in a word each.
final class Fleet {
  static final String CHECKSUM = "sha256:" + "ab".repeat(32);

  private static final String SERVICE = "/fleetd.v1.UpdateService/";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  final TestMuster muster;

  Fleet(TestMuster muster) {
    this.muster = muster;
  }

  static TestReply call(TestClient who, String method, Map<String, ?> message) {
    return who.post(SERVICE + method, message);
  }

  TestReply call(String method, Map<String, ?> message) {
    return call(muster.admin(), method, message);
  }

  /// So many connected devices that can install.
  List<FakeDevice> devices(int count) {
    String prefix = "fleet-" + NUMBER.incrementAndGet() + "-";
    return IntStream.range(0, count)
        .mapToObj(i ->
            muster
                .enroll(prefix + i)
                .withTools("bash", "install_update", "rollback_update")
                .connect())
        .toList();
  }

  static List<String> ids(List<FakeDevice> devices) {
    return devices.stream().map(FakeDevice::id).toList();
  }

  static Map<String, Object> artifact(String platform) {
    return Map.of(
        "platform",
        platform,
        "url",
        "https://updates.example/firmware.tar.gz",
        "checksum",
        CHECKSUM,
        "size_bytes",
        1000);
  }

  static Map<String, Object> update(String name, String version) {
    return Map.of("name", name, "version", version, "artifacts", List.of(artifact("linux")));
  }

  /// A new update; its id.
  String update() {
    return call("CreateUpdate", update("Software " + NUMBER.incrementAndGet(), "2.0.0"))
        .expect(200)
        .text("updateId");
  }

  static Map<String, Object> order(String update, List<FakeDevice> devices, Map<String, ?> config) {
    return Map.of("update_id", update, "device_ids", ids(devices), "config", config);
  }

  /// A new deployment of a new update; its id.
  String deploy(List<FakeDevice> devices, Map<String, ?> config) {
    return call("DeployUpdate", order(update(), devices, config)).expect(200).text("deploymentId");
  }

  JsonNode status(String deployment) {
    return call("GetDeploymentStatus", Map.of("deployment_id", deployment))
        .expect(200)
        .json()
        .get("status");
  }

  String state(String deployment) {
    return status(deployment).get("state").asText();
  }

  /// A count of the status, which is left out when it is 0.
  int count(String deployment, String which) {
    return status(deployment).path(which + "Devices").asInt();
  }

  JsonNode whole(String deployment) {
    return call(
            "GetDeploymentStatus",
            Map.of("deployment_id", deployment, "include_device_details", true))
        .expect(200)
        .json();
  }

  Map<String, JsonNode> devicesOf(String deployment) {
    Map<String, JsonNode> devices = new HashMap<>();
    whole(deployment)
        .path("deviceStatuses")
        .forEach(device -> devices.put(device.get("deviceId").asText(), device));
    return devices;
  }

  /// Those of them that have been told to install or to go back, with what they were told.
  static Map<FakeDevice, FakeDevice.Delivery> told(List<FakeDevice> devices) {
    Map<FakeDevice, FakeDevice.Delivery> told = new HashMap<>();
    for (FakeDevice device : devices) {
      device.pollExecute(Duration.ofMillis(20)).ifPresent(delivery -> told.put(device, delivery));
    }
    return told;
  }

  /// As [#told], once that many have been told.
  static Map<FakeDevice, FakeDevice.Delivery> told(List<FakeDevice> devices, int count) {
    Map<FakeDevice, FakeDevice.Delivery> told = new HashMap<>();
    await()
        .until(() -> {
          told.putAll(told(devices));
          return told.size() >= count;
        });
    return told;
  }

  /// The device installs what it was told to.
  static void succeed(FakeDevice device, FakeDevice.Delivery delivery) {
    device.complete(
        delivery,
        "{\"step\":\"download\",\"percent\":50}\n"
            + "{\"step\":\"done\",\"outcome\":\"installed\",\"from_version\":\"1.0.0\","
            + "\"to_version\":\"2.0.0\"}\n");
  }

  static void fail(FakeDevice device, FakeDevice.Delivery delivery) {
    device.started(delivery);
    device.output(
        delivery.executionId(),
        1,
        "{\"step\":\"done\",\"outcome\":\"failed\",\"from_version\":\"1.0.0\","
            + "\"reason\":\"health_check_failed\",\"detail\":\"check ended with 1\"}\n");
    device.result(delivery.executionId(), ToolStatus.FAILED, 1);
  }

  /// Just that many of the devices are told to install, and do, round by round.
  static List<FakeDevice> succeedJust(List<FakeDevice> devices, int count) {
    List<FakeDevice> done = new ArrayList<>();
    while (done.size() < count) {
      Map<FakeDevice, FakeDevice.Delivery> told = told(devices, 1);
      told.forEach(Fleet::succeed);
      done.addAll(told.keySet());
    }
    assertThat(told(devices)).isEmpty();
    assertThat(done).hasSize(count);
    return done;
  }
}
