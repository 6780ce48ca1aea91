package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Remote sessions when nothing can be written.
class RemoteOnAFullDiskTest {
  private static final Map<String, ?> BULK =
      Map.of("tool", "bash", "args", Map.of("argv", List.of("echo", "x".repeat(40_000))));

  @TempDir private Path directory;

  @Test
  void sessionsEnd_alsoWithTheServer_thoughItCannotBeRecorded() {
    try (TestMuster muster = TestMuster.start(config -> config.withStore(new Config.Store(2)));
        RealAgent agent = RealAgent.start(muster, directory)) {
      Map<String, ?> terminal = Map.of("type", "terminal");
      Sitting one = Sitting.begin(muster, agent.device(), terminal).awaitText("ready> ");
      Sitting other = Sitting.begin(muster, agent.device(), terminal).awaitText("ready> ");
      other.type("echo pid:$$\n");
      ProcessHandle shell = ProcessHandle.of(other.awaitNumber("pid:")).orElseThrow();
      fill(muster);

      one.type("exit\n");
      one.awaitClose();
      await().until(() -> muster.admin().get("/v1/remote").at("sessions").size() == 1);
      muster.stop();
      assertThat(other.awaitClose()).isEqualTo("1001 the server stops");
      await().atMost(Duration.ofSeconds(30)).until(() -> !shell.isAlive());
    }
  }

  private static void fill(TestMuster muster) {
    FakeDevice device = muster.enroll("filled");
    TestReply reply;
    int stored = 0;
    do {
      reply = muster.admin().post("/v1/devices/" + device.id() + "/commands", BULK);
      assertThat(stored++).isLessThan(200);
    } while (reply.status() == 201);
    reply.expect(503);
    // What is left is not enough for an audit row either.
    while (muster.admin().post("/api/auth/keys", key()).status() == 201) {
      assertThat(stored++).isLessThan(2000);
    }
  }

  private static Map<String, String> key() {
    return Map.of("name", "k".repeat(60), "role", "viewer");
  }
}
