package muster.it.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import muster.simulator.Endpoint;
import muster.simulator.Fleet;
import muster.simulator.Scenario;
import muster.simulator.Simulation;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A command on a group of a thousand virtual devices, which tell how many of them ran it at once.
class GroupAtScaleTest {
  private static final int DEVICES = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String GROUPS = "/api/device-groups";

  @TempDir private Path directory;

  private TestReply execute(TestMuster muster, String group, int parallel) {
    String path = GROUPS + "/" + group;
    String execution =
        muster
            .admin()
            .send(
                "POST",
                path + "/execute",
                Optional.of(
                    "{\"tool\":\"bash\",\"args\":{\"command\":\"true\"},\"parallel\":%d}"
                        .formatted(parallel)),
                Map.of("Prefer", "respond-async"))
            .expect(202)
            .text("execution_id");
    String poll = path + "/executions/" + execution;
    await()
        .atMost(PATIENCE)
        .until(() -> muster.admin().get(poll).text("status").equals("completed"));
    return muster.admin().get(poll);
  }

  @Test
  @Tag("F063")
  void execute_onAThousand_keepsItsCapAndReachesEverybody() throws Exception {
    try (TestMuster muster = TestMuster.start()) {
      Endpoint endpoint = new Endpoint(muster.url(), Optional.empty());
      Scenario scenario = Scenario.calm(5);
      Fleet fleet = Fleet.open(directory.resolve("fleet.jsonl"), endpoint, scenario.seed());
      try (Simulation simulation = new Simulation(endpoint, scenario, fleet, 2, Optional.empty())) {
        simulation.enrol(0, DEVICES, muster::enrollmentToken, id -> true);
        simulation.start(0, DEVICES);
        assertThat(simulation.awaitConnected(DEVICES, PATIENCE)).isTrue();
        String group = muster.admin().post(GROUPS, Map.of("name", "all")).expect(201).text("id");
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
          simulation
              .ids()
              .forEach(id ->
                  threads.execute(() ->
                      muster
                          .admin()
                          .post(GROUPS + "/" + group + "/members/" + id, Map.of())
                          .expect(200)));
        }

        TestReply capped = execute(muster, group, 40);
        assertThat(capped.at("total").asInt()).isEqualTo(DEVICES);
        assertThat(capped.at("succeeded").asInt() + capped.at("failed").asInt()).isEqualTo(DEVICES);
        assertThat(simulation.totals().started()).isEqualTo(DEVICES);
        assertThat(simulation.totals().mostRunning()).isBetween(2, 40);

        execute(muster, group, DEVICES);
        assertThat(simulation.totals().started()).isEqualTo(2 * DEVICES);
        assertThat(simulation.totals().mostRunning()).isGreaterThan(40);
      }
    }
  }
}
