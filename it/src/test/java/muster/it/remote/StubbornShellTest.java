package muster.it.remote;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Shells that do not end by themselves when their session does.
class StubbornShellTest {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  @TempDir private Path directory;
  private final TestMuster muster =
      TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));

  @AfterEach
  void stop() {
    muster.close();
  }

  private Sitting sit(RealAgent agent) {
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
  @Tag("F051")
  @DisplayName("F051: a shell that takes nothing more ends with its session")
  void shellThatReadsNothing_endsWithItsSession() throws InterruptedException {
    try (RealAgent agent = RealAgent.start(muster, directory)) {
      Sitting sitting = sit(agent);
      ProcessHandle shell = shell(sitting);
      sitting.type("stty raw -echo; echo ra\"\"w; sleep 1000\n").awaitText("raw");
      for (int i = 0; i < 4; i++) {
        sitting.send(new byte[32 * 1024]);
      }
      sitting.close();

      awaitGone(shell);
    }
  }

  @ParameterizedTest
  @Tag("F051")
  @DisplayName("F051: an agent that is killed leaves no shell behind when it is back")
  @ValueSource(strings = {"", "script"})
  void killedAgent_leavesNoShell(String way) throws InterruptedException {
    ProcessHandle shell;
    try (RealAgent agent = RealAgent.start(muster, directory, "-Dmuster.terminal=" + way)) {
      Sitting sitting = sit(agent);
      shell = shell(sitting);
      sitting.type("trap '' HUP; echo deaf:$((40+2)); sleep 1000\n").awaitText("deaf:42");
      agent.kill();
    }
    try (RealAgent again = RealAgent.start(muster, directory, "-Dmuster.terminal=" + way)) {
      awaitGone(shell);
    }
  }
}
