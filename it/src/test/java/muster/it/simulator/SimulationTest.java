package muster.it.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.agent.net.CaPin;
import muster.simulator.Api;
import muster.simulator.Endpoint;
import muster.simulator.Fleet;
import muster.simulator.Report;
import muster.simulator.Scenario;
import muster.simulator.Simulation;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulationTest {
  private static final int DEVICES = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final TestMuster muster = TestMuster.start();
  private final Endpoint endpoint = new Endpoint(muster.url(), Optional.empty());
  private final Api api = new Api(endpoint, muster.adminKey());

  @TempDir Path directory;

  @AfterEach
  void stop() {
    muster.close();
  }

  private Simulation simulation(Scenario scenario) throws Exception {
    return simulation(endpoint, scenario);
  }

  private Simulation simulation(Endpoint at, Scenario scenario) throws Exception {
    Fleet fleet = Fleet.open(directory.resolve("fleet.jsonl"), at, scenario.seed());
    Simulation simulation = new Simulation(at, scenario, fleet, 2, Optional.empty());
    simulation.enrol(0, DEVICES, muster::enrollmentToken, id -> true);
    simulation.start(0, DEVICES);
    assertThat(simulation.awaitConnected(simulation.expected(), PATIENCE)).isTrue();
    return simulation;
  }

  private void run(Simulation simulation, int commands) throws Exception {
    simulation.watch(api);
    simulation.operate(api, 40);
    await().atMost(PATIENCE).until(() -> simulation.totals().acknowledged() >= commands);
  }

  @Test
  void check_fleetWhoseConnectionsBreakAndAgentsCrash_findsNoDifference() throws Exception {
    Scenario rough =
        Scenario.calm(3)
            .withWork(
                new Scenario.Work(
                    Duration.ofMillis(1), Duration.ofMillis(300), 20_000, 0.1, 0.1, 0.05, 0))
            .withFaults(new Scenario.Faults(120, 0, 600, 0, Duration.ZERO));
    try (Simulation simulation = simulation(rough)) {
      run(simulation, 200);
      Report report = simulation.check(api, PATIENCE);
      assertThat(report.differences()).isEmpty();
      assertThat(simulation.totals().connects()).isGreaterThan(DEVICES);
    }
  }

  @Test
  void check_overTls_findsNoDifference() throws Exception {
    String pin = muster.admin().get("/v1/server").expect(200).text("ca_sha256");
    Endpoint secure =
        new Endpoint(
            URI.create("https://127.0.0.1:" + muster.port()),
            Optional.of(new CaPin("sha256/" + pin)));
    try (Simulation simulation = simulation(secure, Scenario.calm(3))) {
      run(simulation, 20);
      assertThat(simulation.check(api, PATIENCE).differences()).isEmpty();
    }
  }

  @Test
  void check_endThatIsNotTheDevices_isADifference() throws Exception {
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      run(simulation, 5);
      String url = "jdbc:sqlite:" + muster.data().resolve("server/muster.db");
      try (Connection store = DriverManager.getConnection(url);
          Statement statement = store.createStatement()) {
        assertThat(
                statement.executeUpdate(
                    "UPDATE command SET exit_code = 77 WHERE rowid IN"
                        + " (SELECT rowid FROM command WHERE exit_code = 0 LIMIT 1)"))
            .isEqualTo(1);
      }
      assertThat(simulation.check(api, PATIENCE).differences())
          .singleElement()
          .asString()
          .contains("has exit code 77, the device said 0");
    }
  }

  @Test
  void check_deviceDeletedBehindItsBack_isADifference() throws Exception {
    try (Simulation simulation = simulation(Scenario.calm(3).withAway(0.5))) {
      await()
          .atMost(PATIENCE)
          .until(() ->
              simulation.totals().connects() == DEVICES
                  && simulation.totals().connected() == simulation.expected());
      String away =
          simulation.ids().stream()
              .filter(id -> !simulation.truth(id).isUp())
              .findFirst()
              .orElseThrow();
      muster.admin().delete("/v1/devices/" + away).expect(204);
      assertThat(simulation.check(api, PATIENCE).differences())
          .singleElement()
          .asString()
          .startsWith(away)
          .contains("unknown to the server");
    }
  }

  @Test
  void secondStart_isTheSameFleet() throws Exception {
    List<String> first;
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      first = simulation.ids();
    }
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      assertThat(simulation.ids()).isEqualTo(first);
    }
    assertThat(muster.admin().get("/v1/devices?tag=simulated").expect(200).at("devices"))
        .hasSize(DEVICES);
  }

  @Test
  void deviceTheServerDoesNotKnowAnyMore_isEnrolledAnew() throws Exception {
    String gone;
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      gone = simulation.ids().getFirst();
    }
    muster.admin().delete("/v1/devices/" + gone).expect(204);
    try (Fleet fleet = Fleet.open(directory.resolve("fleet.jsonl"), endpoint, 3);
        Simulation simulation =
            new Simulation(endpoint, Scenario.calm(3), fleet, 1, Optional.empty())) {
      int fresh =
          simulation.enrol(0, DEVICES, muster::enrollmentToken, id -> !Set.of(gone).contains(id));
      assertThat(fresh).isEqualTo(1);
    }
  }

  @Test
  void fleet_isRunByOneSimulationAtATime() throws Exception {
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      assertThat(simulation.ids()).hasSize(DEVICES);
      assertThatThrownBy(() -> Fleet.open(directory.resolve("fleet.jsonl"), endpoint, 3))
          .hasMessageContaining("in use by another simulation");
    }
  }

  @Test
  void serverThatRestarts_hasItsFleetBack() throws Exception {
    try (Simulation simulation = simulation(Scenario.calm(3))) {
      muster.restart();
      await().atMost(PATIENCE).until(() -> simulation.totals().connects() >= 2 * DEVICES);
      assertThat(simulation.check(api, PATIENCE).differences()).isEmpty();
    }
  }
}
