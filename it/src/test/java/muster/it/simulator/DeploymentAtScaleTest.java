package muster.it.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import muster.simulator.Endpoint;
import muster.simulator.Fleet;
import muster.simulator.Scenario;
import muster.simulator.Simulation;
import muster.testkit.ServerProcess;
import muster.testkit.TestClient;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Deployments on virtual devices, which tell how many of them were at it at once and how often
/// each was told. `-Dmuster.deployment.devices=1000` makes the fleet smaller.
class DeploymentAtScaleTest {
  private static final int DEVICES = Integer.getInteger("muster.deployment.devices", most());

  /// Of what a process may have open, what is no device.
  private static final int OTHER_FILES = 1_000;

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String SERVICE = "/fleetd.v1.UpdateService/";
  private static final Set<String> OVER = Set.of("COMPLETED", "FAILED", "ROLLED_BACK");
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @TempDir private Path directory;

  private static int most() {
    int wanted = 10_000;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        && system.getMaxFileDescriptorCount() < wanted + OTHER_FILES) {
      long files = system.getMaxFileDescriptorCount();
      int devices = (int) Math.max(100, files - OTHER_FILES);
      System.err.printf(
          "DeploymentAtScaleTest: NOT ALL: %d devices instead of %d, as there may be %d open files%n",
          devices, wanted, files);
      return devices;
    }
    return wanted;
  }

  private static Scenario failing(double share) {
    Scenario.Work plain = Scenario.Work.PLAIN;
    return Scenario.calm(7)
        .withWork(new Scenario.Work(plain.fastest(), plain.slowest(), 0, share, 0, 0, 0));
  }

  private static String deploy(TestClient admin, Map<String, ?> config) {
    String update =
        admin
            .post(
                SERVICE + "CreateUpdate",
                Map.of(
                    "name",
                    "software",
                    "version",
                    "1." + NUMBER.incrementAndGet(),
                    "artifacts",
                    List.of(
                        Map.of(
                            "url",
                            "https://updates.example/a.tar.gz",
                            "checksum",
                            "sha256:" + "ab".repeat(32),
                            "size_bytes",
                            1000))))
            .expect(200)
            .text("updateId");
    Map<String, Object> all = new HashMap<>(config);
    all.put("strategy", "ROLLING");
    return admin
        .post(
            SERVICE + "DeployUpdate",
            Map.of("update_id", update, "device_filter", "status:online", "config", all))
        .expect(200)
        .text("deploymentId");
  }

  private static JsonNode status(TestClient admin, String deployment) {
    return admin
        .post(SERVICE + "GetDeploymentStatus", Map.of("deployment_id", deployment))
        .expect(200)
        .json()
        .get("status");
  }

  private static JsonNode end(TestClient admin, String deployment) {
    return await()
        .atMost(PATIENCE)
        .until(() -> status(admin, deployment), now -> OVER.contains(now.get("state").asText()));
  }

  /// In a process of its own: a fleet of 10,000 needs as many open files on either side.
  private ServerProcess server() {
    return ServerProcess.start(directory.resolve("log"), directory.resolve("data"));
  }

  private Simulation simulation(ServerProcess server, Scenario scenario) throws IOException {
    Endpoint endpoint = new Endpoint(server.url(), Optional.empty());
    Fleet fleet = Fleet.open(directory.resolve("fleet.jsonl"), endpoint, scenario.seed());
    return new Simulation(endpoint, scenario, fleet, 2, Optional.empty());
  }

  private static void fill(Simulation simulation, int devices, TestClient admin)
      throws IOException, InterruptedException {
    simulation.enrol(
        0,
        devices,
        () -> admin.post("/v1/devices/enrollment", Map.of()).expect(200).text("token"),
        id -> true);
    simulation.start(0, devices);
    assertThat(simulation.awaitConnected(devices, PATIENCE)).isTrue();
  }

  private static int count(JsonNode status, String which) {
    return status.path(which + "Devices").asInt();
  }

  @Test
  @Tag("F097")
  @Tag("F099")
  @DisplayName(
      "F097, F099: never more at once than asked for; too many failures stop it and take it back")
  void failures_stopItOrDoNot_underTheCap() throws Exception {
    try (ServerProcess server = server();
        Simulation simulation = simulation(server, failing(0.25))) {
      TestClient admin = server.client();
      fill(simulation, DEVICES, admin);

      String stopped = deploy(admin, Map.of("max_parallel", 40, "max_failure_percentage", 10));
      JsonNode status = end(admin, stopped);
      assertThat(status.get("state").asText()).as(status.toString()).isEqualTo("ROLLED_BACK");
      int tried =
          count(status, "succeeded") + count(status, "failed") + count(status, "rolledBack");
      // Enough to say so, those that were under way by then, and those that began meanwhile.
      assertThat(tried).isBetween(20, 160);
      assertThat(count(status, "cancelled")).isEqualTo(DEVICES - tried);

      long before = simulation.totals().started();
      String finished = deploy(admin, Map.of("max_parallel", 40, "max_failure_percentage", 60));
      status = end(admin, finished);
      assertThat(status.get("state").asText()).as(status.toString()).isEqualTo("COMPLETED");
      assertThat(count(status, "succeeded") + count(status, "failed")).isEqualTo(DEVICES);
      assertThat(simulation.totals().started() - before).isEqualTo(DEVICES);
      assertThat(simulation.totals().mostRunning()).isBetween(2, 40);
    }
  }

  @Test
  @Tag("F095")
  @DisplayName("F095: the server killed in the middle, each device is told once and all have it")
  void killedServer_tellsEachDeviceOnce() throws Exception {
    int devices = 300;
    try (ServerProcess server = server();
        Simulation simulation = simulation(server, failing(0))) {
      TestClient admin = server.client();
      fill(simulation, devices, admin);
      String deployment = deploy(admin, Map.of("max_parallel", 10));
      for (int tenth = 1; tenth <= 3; tenth++) {
        int enough = tenth * devices / 10;
        await()
            .atMost(PATIENCE)
            .until(() -> count(status(admin, deployment), "succeeded") >= enough);
        server.crash();
      }
      JsonNode status = end(admin, deployment);
      assertThat(status.get("state").asText()).as(status.toString()).isEqualTo("COMPLETED");
      assertThat(count(status, "succeeded")).isEqualTo(devices);
      assertThat(simulation.totals().started()).isEqualTo(devices);
      assertThat(simulation.totals().mostRunning()).isBetween(2, 10);
    }
  }
}
