package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// fleetd's UpdateService: updates and deployments, with devices that do what the test says.
@Timeout(120)
class DeploymentsTest {
  private static final Map<String, Object> ALL_AT_ONCE = Map.of("strategy", "IMMEDIATE");

  private static TestMuster muster;
  private static Fleet fleet;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    fleet = new Fleet(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static void awaitState(String deployment, String state) {
    await().untilAsserted(() -> assertThat(fleet.state(deployment)).isEqualTo(state));
  }

  @Test
  @Tag("F094")
  @DisplayName("F094: the page's example creates an update")
  void pagesExample_createsAnUpdate() {
    Map<String, Object> example =
        Map.of(
            "name", "Firmware Update v2.0",
            "version", "2.0.0",
            "description", "Security patches and performance improvements",
            "artifacts",
                List.of(
                    Map.of(
                        "platform", "raspberry-pi",
                        "url", "https://updates.fleetd.io/firmware-2.0.0-rpi.tar.gz",
                        "checksum", "sha256:abc123...",
                        "size_bytes", 104857600)),
            "strategy", Map.of("type", "ROLLING", "max_parallel", 10, "max_failure_percentage", 5));
    TestReply created = fleet.call("CreateUpdate", example).expect(200);
    assertThat(created.text("updateId")).startsWith("upd_");
    JsonNode update =
        fleet
            .call("GetUpdate", Map.of("update_id", created.text("updateId")))
            .expect(200)
            .json()
            .get("update");
    assertThat(update.get("strategy").get("type").asText()).isEqualTo("ROLLING");
    assertThat(update.get("strategy").get("maxParallel").asInt()).isEqualTo(10);
    assertThat(update.get("artifacts").get(0).get("sizeBytes").asText()).isEqualTo("104857600");
    assertThat(fleet.call("CreateUpdate", example).expect(409).body()).contains("is there already");

    TestReply refused =
        fleet
            .call(
                "DeployUpdate",
                Fleet.order(created.text("updateId"), fleet.devices(1), ALL_AT_ONCE))
            .expect(412);
    assertThat(refused.body()).contains("FAILED_PRECONDITION", "can't be verified");
  }

  @Test
  @Tag("F094")
  @DisplayName("F094: what is wrong in an update is named")
  void wrongUpdates_areNamed() {
    assertThat(fleet.call("CreateUpdate", Map.of("name", "a", "version", "1")).expect(400).body())
        .contains("artifacts");
    Map<String, Object> twice =
        Map.of(
            "name",
            "a",
            "version",
            "1",
            "artifacts",
            List.of(Fleet.artifact("linux"), Fleet.artifact("linux")));
    assertThat(fleet.call("CreateUpdate", twice).expect(400).body()).contains("artifacts[1]");
    Map<String, Object> ftp =
        Map.of(
            "name",
            "a",
            "version",
            "1",
            "artifacts",
            List.of(
                Map.of(
                    "platform", "x", "url", "ftp://a/b", "checksum", "sha256:a", "size_bytes", 1)));
    assertThat(fleet.call("CreateUpdate", ftp).expect(400).body()).contains("url: ");
    Map<String, Object> gone =
        Map.of(
            "name",
            "a",
            "version",
            "1",
            "artifacts",
            List.of(Map.of("platform", "x", "binary_id", "bin_0000000000000000")));
    assertThat(fleet.call("CreateUpdate", gone).expect(400).body())
        .contains("artifacts[0].binary_id");
  }

  @Test
  @Tag("F094")
  @DisplayName("F094: of a binary of this server checksum and size are known, and it stays")
  void ownBinary_isKnownAndStays() {
    String binary = Story.upload(muster.admin(), Story.name(), Story.bytes(100));
    Map<String, Object> update =
        Map.of(
            "name",
            "Own",
            "version",
            "1",
            "artifacts",
            List.of(Map.of("platform", "linux", "binary_id", binary)));
    JsonNode artifact =
        fleet.call("CreateUpdate", update).expect(200).json().get("update").get("artifacts").get(0);
    assertThat(artifact.get("checksum").asText()).isEqualTo(Story.checksum(Story.bytes(100)));
    assertThat(artifact.get("sizeBytes").asText()).isEqualTo("100");
    assertThat(muster.admin().delete("/v1/binaries/" + binary).expect(409).body())
        .contains("is an artifact of update");
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: ids and a filter together are their union, each device once")
  void idsAndFilter_areTheirUnion() {
    List<FakeDevice> devices = fleet.devices(3);
    devices.forEach(device ->
        muster
            .admin()
            .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("union")))
            .expect(200));
    FakeDevice other = fleet.devices(1).getFirst();
    TestReply begun =
        fleet
            .call(
                "DeployUpdate",
                Map.of(
                    "update_id",
                    fleet.update(),
                    "device_ids",
                    List.of(devices.getFirst().id(), other.id(), other.id()),
                    "device_filter",
                    "tag:union AND status:online",
                    "config",
                    ALL_AT_ONCE))
            .expect(200);
    assertThat(begun.at("targetDeviceCount").asInt()).isEqualTo(4);
    List<FakeDevice> all = new ArrayList<>(devices);
    all.add(other);
    Fleet.succeedJust(all, 4);
    awaitState(begun.text("deploymentId"), "COMPLETED");
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: neither ids nor a filter is never everybody; unknown ids are listed")
  void wrongTargets_areRefused() {
    String update = fleet.update();
    assertThat(fleet.call("DeployUpdate", Map.of("update_id", update)).expect(400).body())
        .contains("INVALID_ARGUMENT", "device_filter");
    assertThat(
            fleet
                .call(
                    "DeployUpdate",
                    Map.of("update_id", update, "device_ids", List.of("dev_none", "dev_gone")))
                .expect(400)
                .body())
        .contains("dev_none, dev_gone");
    assertThat(
            fleet
                .call(
                    "DeployUpdate",
                    Map.of("update_id", update, "device_filter", "name:nobody-at-all"))
                .expect(412)
                .body())
        .contains("FAILED_PRECONDITION", "no device can take part");
    fleet.call("DeployUpdate", Map.of("update_id", "upd_none")).expect(400);
    fleet
        .call("DeployUpdate", Map.of("update_id", "upd_none", "device_filter", "type:a"))
        .expect(404);
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: who has no artifact or is not approved is left out, with the reason")
  void unfitDevices_areLeftOut() {
    FakeDevice fit = fleet.devices(1).getFirst();
    FakeDevice toolless = muster.enroll("toolless").connect();
    FakeDevice pending = muster.pair("pending");
    String deployment = fleet.deploy(List.of(fit, toolless, pending), ALL_AT_ONCE);
    Fleet.succeedJust(List.of(fit), 1);
    awaitState(deployment, "COMPLETED");
    Map<String, JsonNode> devices = fleet.devicesOf(deployment);
    assertThat(devices.get(fit.id()).get("state").asText()).isEqualTo("COMPLETED");
    assertThat(devices.get(fit.id()).get("fromVersion").asText()).isEqualTo("1.0.0");
    assertThat(devices.get(toolless.id()).get("errorCode").asText()).isEqualTo("tool_missing");
    assertThat(devices.get(pending.id()).get("errorCode").asText()).isEqualTo("pending");
    assertThat(fleet.count(deployment, "cancelled")).isEqualTo(2);
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: a device is in one deployment at a time, and is not deleted in the middle")
  void device_isInOneDeploymentAtATime() {
    List<FakeDevice> devices = fleet.devices(1);
    String first = fleet.deploy(devices, ALL_AT_ONCE);
    assertThat(
            fleet
                .call("DeployUpdate", Fleet.order(fleet.update(), devices, ALL_AT_ONCE))
                .expect(412)
                .body())
        .contains("FAILED_PRECONDITION", first);
    Fleet.succeedJust(devices, 1);
    awaitState(first, "COMPLETED");
  }

  @Test
  @Tag("F096")
  @DisplayName("F096: the first tenth is watched as long as asked for, then the others follow")
  void canary_isWatchedThenPromoted() {
    List<FakeDevice> devices = fleet.devices(10);
    String deployment =
        fleet.deploy(
            devices,
            Map.of(
                "strategy",
                "CANARY",
                "canary_percentage",
                10,
                "validation_duration",
                "3600s",
                "auto_promote",
                true));
    Fleet.succeedJust(devices, 1);
    await().untilAsserted(() -> assertThat(fleet.count(deployment, "succeeded")).isEqualTo(1));
    assertThat(fleet.status(deployment).get("phase").asText()).isEqualTo("canary");
    muster.clock().advance(Duration.ofMinutes(59));
    devices.forEach(device -> device.health(10, 20));
    assertThat(Fleet.told(devices)).isEmpty();
    muster.clock().advance(Duration.ofMinutes(2));
    await().untilAsserted(() -> assertThat(fleet.count(deployment, "running")).isEqualTo(9));
    Fleet.succeedJust(devices, 9);
    awaitState(deployment, "COMPLETED");
    JsonNode decisions = fleet.whole(deployment).get("decisions");
    assertThat(decisions.get(0).get("decision").asText()).isEqualTo("next_batch");
    assertThat(decisions.get(0).get("findings").get(0).asText())
        .isEqualTo("0 of 1 updated devices are offline, 0 of 9 others");
  }

  @Test
  @Tag("F096")
  @DisplayName("F096: without auto_promote somebody promotes; 0 s are no wait")
  void canary_waitsForSomebody() {
    List<FakeDevice> devices = fleet.devices(3);
    String deployment =
        fleet.deploy(devices, Map.of("strategy", "CANARY", "validation_duration", "0s"));
    Fleet.succeedJust(devices, 1);
    awaitState(deployment, "AWAITING_PROMOTION");
    Map<String, String> which = Map.of("deployment_id", deployment);
    muster
        .withRole("operator")
        .post("/fleetd.v1.UpdateService/PromoteDeployment", which)
        .expect(403);
    fleet.call("PromoteDeployment", which).expect(200);
    Fleet.succeedJust(devices, 2);
    awaitState(deployment, "COMPLETED");
    assertThat(fleet.call("PromoteDeployment", which).expect(412).body())
        .contains("is completed (expected: awaiting_promotion)");
  }

  @Test
  @Tag("F096")
  @DisplayName("F096: a canary that goes offline while somebody has yet to promote stops it")
  void canaryThatIsUnwell_stopsIt_whileSomebodyHasYetToDecide() {
    List<FakeDevice> devices = fleet.devices(5);
    String deployment =
        fleet.deploy(
            devices,
            Map.of("strategy", "CANARY", "validation_duration", "0s", "auto_rollback", false));
    List<FakeDevice> first = Fleet.succeedJust(devices, 1);
    awaitState(deployment, "AWAITING_PROMOTION");
    first.getFirst().close();
    muster.clock().advance(Duration.ofMinutes(2));
    awaitState(deployment, "FAILED");
    assertThat(fleet.status(deployment).get("message").asText())
        .isEqualTo("1 of 1 updated devices are offline, 0 of 4 others");
  }

  @Test
  @Tag("F096")
  @DisplayName("F096: a canary that goes offline stops it, and who has the update goes back")
  void canaryThatIsUnwell_stopsIt() {
    List<FakeDevice> devices = fleet.devices(10);
    String deployment =
        fleet.deploy(
            devices,
            Map.of(
                "strategy",
                "CANARY",
                "canary_percentage",
                20,
                "validation_duration",
                "600s",
                "auto_promote",
                true));
    List<FakeDevice> first = Fleet.succeedJust(devices, 2);
    await().untilAsserted(() -> assertThat(fleet.count(deployment, "succeeded")).isEqualTo(2));
    first.getFirst().close();
    muster.clock().advance(Duration.ofSeconds(10));
    awaitState(deployment, "ROLLING_BACK");
    assertThat(fleet.status(deployment).get("message").asText())
        .isEqualTo("1 of 2 updated devices are offline, 0 of 8 others");
    FakeDevice back = first.getLast();
    assertThat(back.complete("{\"step\":\"done\",\"outcome\":\"rolled_back\"}\n").execute().tool())
        .isEqualTo("rollback_update");
    first.getFirst().connect();
    first.getFirst().complete("{\"step\":\"done\",\"outcome\":\"rolled_back\"}\n");
    awaitState(deployment, "ROLLED_BACK");
    assertThat(fleet.count(deployment, "rolledBack")).isEqualTo(2);
    assertThat(fleet.count(deployment, "cancelled")).isEqualTo(8);
  }

  @Test
  @Tag("F097")
  @DisplayName("F097: never more at once than asked for, and no new one after too many failures")
  void rolling_keepsTheCapAndStops() {
    List<FakeDevice> devices = fleet.devices(20);
    String deployment =
        fleet.deploy(
            devices,
            Map.of(
                "strategy",
                "ROLLING",
                "max_parallel",
                4,
                "max_failure_percentage",
                50,
                "auto_rollback",
                false));
    int told = 0;
    int failed = 0;
    while (!fleet.state(deployment).equals("FAILED") || fleet.count(deployment, "running") > 0) {
      Map<FakeDevice, FakeDevice.Delivery> round = Fleet.told(devices);
      assertThat(round.size()).isLessThanOrEqualTo(4);
      assertThat(fleet.count(deployment, "running")).isLessThanOrEqualTo(4);
      for (Map.Entry<FakeDevice, FakeDevice.Delivery> one : round.entrySet()) {
        told++;
        failed++;
        Fleet.fail(one.getKey(), one.getValue());
      }
    }
    awaitState(deployment, "FAILED");
    JsonNode status = fleet.status(deployment);
    assertThat(told).isLessThan(13).isEqualTo(status.get("failedDevices").asInt());
    assertThat(failed).isGreaterThanOrEqualTo(5);
    assertThat(status.get("message").asText()).contains("100.0 %", "expected: below 50.0 %");
    JsonNode metrics = fleet.whole(deployment).get("metrics");
    assertThat(metrics.get("failuresByReason").get("health_check_failed").asInt()).isEqualTo(told);
  }

  @Test
  @Tag("F098")
  @DisplayName("F098: counts add up, and each device tells its step and percent")
  void status_tellsEachDevice() {
    List<FakeDevice> devices = fleet.devices(3);
    String deployment =
        fleet.deploy(devices, Map.of("strategy", "ROLLING", "max_parallel", 2, "batch_size", 2));
    Map<FakeDevice, FakeDevice.Delivery> told = Fleet.told(devices, 2);
    assertThat(told).hasSize(2);
    Map.Entry<FakeDevice, FakeDevice.Delivery> one = told.entrySet().iterator().next();
    one.getKey().started(one.getValue());
    one.getKey().output(one.getValue().executionId(), 1, "{\"step\":\"install\",\"percent\":40}\n");
    await()
        .untilAsserted(() -> {
          JsonNode device = fleet.devicesOf(deployment).get(one.getKey().id());
          assertThat(device.get("state").asText()).isEqualTo("INSTALLING");
          assertThat(device.get("progressPercentage").asDouble()).isEqualTo(40);
        });
    JsonNode status = fleet.status(deployment);
    assertThat(status.get("totalDevices").asInt())
        .isEqualTo(
            status.path("pendingDevices").asInt()
                + status.path("runningDevices").asInt()
                + status.path("succeededDevices").asInt()
                + status.path("failedDevices").asInt()
                + status.path("cancelledDevices").asInt());
    assertThat(status.get("totalBatches").asInt()).isEqualTo(2);
    fleet.call("CancelDeployment", Map.of("deployment_id", deployment)).expect(200);
    fleet.call("GetDeploymentStatus", Map.of("deployment_id", "depl_none")).expect(404);
  }

  @Test
  @Tag("F099")
  @DisplayName(
      "F099: a rollback orders those back that have it, cancels the others and counts true")
  void rollback_ordersThoseBackThatHaveIt() {
    List<FakeDevice> devices = fleet.devices(4);
    String deployment = fleet.deploy(devices, Map.of("strategy", "ROLLING", "max_parallel", 2));
    Map<FakeDevice, FakeDevice.Delivery> told = Fleet.told(devices, 2);
    told.forEach(Fleet::succeed);
    Map<FakeDevice, FakeDevice.Delivery> late = Fleet.told(devices, 2);
    await().untilAsserted(() -> assertThat(fleet.count(deployment, "succeeded")).isEqualTo(2));
    TestReply ordered =
        fleet
            .call("RollbackDeployment", Map.of("deployment_id", deployment, "reason", "smoke"))
            .expect(200);
    assertThat(ordered.at("success").asBoolean()).isTrue();
    assertThat(ordered.at("devicesRolledBack").asInt()).isEqualTo(2);
    // Who was in the middle of it, and could not be stopped, goes back, too.
    late.forEach(Fleet::succeed);
    told.keySet().forEach(device -> device.complete("{\"outcome\":\"rolled_back\"}\n"));
    assertThat(fleet.state(deployment)).isEqualTo("ROLLING_BACK");
    late.keySet().forEach(device -> device.complete("{\"outcome\":\"rolled_back\"}\n"));
    awaitState(deployment, "ROLLED_BACK");
    assertThat(fleet.count(deployment, "rolledBack")).isEqualTo(4);
    assertThat(
            fleet
                .call("RollbackDeployment", Map.of("deployment_id", deployment))
                .expect(412)
                .body())
        .contains("FAILED_PRECONDITION", "goes back or has gone");
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: who is away has its turn when it is back")
  void awayDevice_hasItsTurnWhenItIsBack() {
    List<FakeDevice> devices = fleet.devices(2);
    FakeDevice away = devices.getLast();
    away.close();
    String deployment = fleet.deploy(devices, ALL_AT_ONCE);
    Fleet.succeedJust(devices.subList(0, 1), 1);
    await()
        .untilAsserted(() ->
            assertThat(fleet.status(deployment).get("message").asText())
                .isEqualTo("1 devices are away"));
    away.connect();
    Fleet.succeed(away, away.nextExecute());
    awaitState(deployment, "COMPLETED");
    assertThat(fleet.count(deployment, "succeeded")).isEqualTo(2);
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: it pauses, goes on, and tries again who failed")
  void deployment_isSteered() {
    List<FakeDevice> devices = fleet.devices(3);
    String deployment =
        fleet.deploy(
            devices,
            Map.of(
                "strategy",
                "ROLLING",
                "max_parallel",
                1,
                "max_failure_percentage",
                100,
                "auto_rollback",
                false));
    Map<String, String> which = Map.of("deployment_id", deployment);
    fleet.call("PauseDeployment", which).expect(200);
    Fleet.told(devices, 1).forEach(Fleet::fail);
    assertThat(Fleet.told(devices)).isEmpty();
    assertThat(fleet.state(deployment)).isEqualTo("PAUSED");
    fleet.call("ResumeDeployment", which).expect(200);
    Fleet.succeedJust(devices, 2);
    awaitState(deployment, "COMPLETED");
    assertThat(fleet.count(deployment, "failed")).isEqualTo(1);
    fleet.call("RetryDeployment", which).expect(200);
    Fleet.succeedJust(devices, 1);
    awaitState(deployment, "COMPLETED");
    assertThat(fleet.count(deployment, "succeeded")).isEqualTo(3);
    assertThat(fleet.call("RetryDeployment", which).expect(412).body()).contains("no device of");
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: a preview says who would take part, and begins nothing")
  void preview_beginsNothing() {
    List<FakeDevice> devices = fleet.devices(5);
    JsonNode preview =
        fleet
            .call(
                "PreviewDeployment",
                Map.of(
                    "deployment",
                    Fleet.order(
                        fleet.update(),
                        devices,
                        Map.of("strategy", "CANARY", "canary_percentage", 20))))
            .expect(200)
            .json();
    assertThat(preview.get("targetDeviceCount").asInt()).isEqualTo(5);
    assertThat(preview.get("batchSizes").toString()).isEqualTo("[1,4]");
    assertThat(Fleet.told(devices)).isEmpty();
  }

  @Test
  @Tag("F099")
  @DisplayName("F099: a deployment that has ended goes back, too, unless nobody said from where")
  void endedDeployment_goesBack() {
    List<FakeDevice> devices = fleet.devices(2);
    String deployment = fleet.deploy(devices, ALL_AT_ONCE);
    Map<FakeDevice, FakeDevice.Delivery> told = Fleet.told(devices, 2);
    Fleet.succeed(devices.getFirst(), told.get(devices.getFirst()));
    devices.getLast().complete(told.get(devices.getLast()), "it said nothing of versions\n");
    awaitState(deployment, "COMPLETED");
    Map<String, Object> which = Map.of("deployment_id", deployment);
    assertThat(fleet.call("RollbackDeployment", which).expect(200).at("devicesRolledBack").asInt())
        .isEqualTo(1);
    devices.getFirst().complete("{\"outcome\":\"rolled_back\"}\n");
    awaitState(deployment, "ROLLED_BACK");
    assertThat(fleet.count(deployment, "rolledBack")).isEqualTo(1);
    TestReply forced =
        fleet
            .call("RollbackDeployment", Map.of("deployment_id", deployment, "force", true))
            .expect(200);
    assertThat(forced.at("devicesRolledBack").asInt()).isEqualTo(1);
    devices.getLast().complete("{\"outcome\":\"rolled_back\"}\n");
    awaitState(deployment, "ROLLED_BACK");
    assertThat(fleet.count(deployment, "rolledBack")).isEqualTo(2);
  }

  @Test
  @Tag("F092")
  @DisplayName("F092: a device in the middle of an update is deleted by force only")
  void deviceInTheMiddle_isDeletedByForceOnly() {
    FakeDevice device = fleet.devices(1).getFirst();
    String deployment = fleet.deploy(List.of(device), ALL_AT_ONCE);
    device.nextExecute();
    device.close();
    Map<String, Object> which = Map.of("device_id", device.id());
    String delete = "/fleetd.v1.DeviceService/DeleteDevice";
    await()
        .untilAsserted(() ->
            assertThat(muster.admin().post(delete, which).expect(412).body())
                .contains("is at an update, " + deployment));
    muster.admin().post(delete, Map.of("device_id", device.id(), "force", true)).expect(200);
    await()
        .untilAsserted(
            () -> assertThat(fleet.status(deployment).path("runningDevices").asInt()).isZero());
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: the answer to a heartbeat names the pending update")
  void heartbeat_namesThePendingUpdate() {
    TestReply registered =
        muster
            .admin()
            .post(
                "/fleetd.v1.DeviceService/RegisterDevice",
                Map.of(
                    "device_id", "rpi-update-1",
                    "device_name", "rpi",
                    "device_type", "raspberry-pi",
                    "system_info", Map.of("os", "linux", "arch", "arm64")))
            .expect(200);
    var device = muster.client(registered.text("apiKey"));
    Map<String, Object> beat =
        Map.of("device_id", "rpi-update-1", "status", Map.of("state", "ONLINE"));
    device.post("/fleetd.v1.DeviceService/Heartbeat", beat).expect(200);
    String update =
        fleet
            .call(
                "CreateUpdate",
                Map.of(
                    "name",
                    "Pi",
                    "version",
                    "3.0.0",
                    "artifacts",
                    List.of(Fleet.artifact("raspberry-pi"))))
            .expect(200)
            .text("updateId");
    String deployment =
        fleet
            .call(
                "DeployUpdate",
                Map.of(
                    "update_id", update,
                    "device_ids", List.of("rpi-update-1"),
                    "config", ALL_AT_ONCE))
            .expect(200)
            .text("deploymentId");
    JsonNode answer = device.post("/fleetd.v1.DeviceService/Heartbeat", beat).expect(200).json();
    assertThat(answer.get("pendingUpdate").get("version").asText()).isEqualTo("3.0.0");
    assertThat(answer.get("pendingUpdate").get("deploymentId").asText()).isEqualTo(deployment);
    String command = answer.get("commands").get(0).get("id").asText();
    device
        .post(
            "/fleetd.v1.DeviceService/ReportCommandResult",
            Map.of("device_id", "rpi-update-1", "command_id", command, "outcome", "COMPLETED"))
        .expect(200);
    awaitState(deployment, "COMPLETED");
    assertThat(
            device
                .post("/fleetd.v1.DeviceService/Heartbeat", beat)
                .expect(200)
                .json()
                .has("pendingUpdate"))
        .isFalse();
  }
}
