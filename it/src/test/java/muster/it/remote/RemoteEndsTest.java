package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What ends a session from outside; each test has a server and an agent of its own.
class RemoteEndsTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private TestMuster muster;
  private RealAgent agent;

  RemoteEndsTest() {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
  }

  @BeforeEach
  void start() {
    agent = RealAgent.start(muster, directory);
  }

  @AfterEach
  void stop() throws InterruptedException {
    agent.close();
    muster.close();
  }

  private Sitting sit() {
    return Sitting.begin(muster, agent.device(), Map.of()).awaitText("ready> ");
  }

  private static ProcessHandle shell(Sitting sitting) {
    sitting.type("echo pid:$$\n");
    return ProcessHandle.of(sitting.awaitNumber("pid:")).orElseThrow();
  }

  private static void awaitGone(ProcessHandle process) {
    await().atMost(WITHIN).until(() -> !process.isAlive());
  }

  @Test
  @Tag("F067")
  @DisplayName("F067: a device that is blocked loses its terminal at once")
  void block_cutsTheTerminal() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);

    muster.admin().post("/api/devices/" + agent.device() + "/block", Map.of()).expect(200);

    assertThat(sitting.awaitClose()).isEqualTo("4410 the device was blocked");
    awaitGone(shell);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: an agent that is killed leaves no shell behind")
  void killedAgent_leavesNoShell() throws InterruptedException {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);

    agent.kill();

    awaitGone(shell);
    assertThat(sitting.awaitClose()).isEqualTo("4410 the device's connection ended");
    await().atMost(WITHIN).until(() -> muster.admin().get("/v1/remote").at("sessions").isEmpty());
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: an agent that is stopped leaves no shell behind")
  void stoppedAgent_leavesNoShell() throws InterruptedException {
    ProcessHandle shell = shell(sit());

    agent.close();

    assertThat(shell.isAlive()).isFalse();
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a restart of the server ends sessions, and the device can have new ones")
  void restart_endsSessions() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);

    muster.restart();

    assertThat(sitting.awaitClose()).isEqualTo("1001 the server stops");
    awaitGone(shell);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Sitting.start(muster, agent.device(), Map.of()).status() == 201);
  }
}
