package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import muster.it.page.Shell;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `examples/report.sh` as it is: a device of sh, curl and jq.
class AgentsScriptTest {
  @TempDir private Path directory;

  @Test
  @Tag("F128")
  @Tag("F130")
  void scriptWithAKey_isADevice() throws Exception {
    Shell.assumeInstalled("curl", "jq", "timeout");
    try (TestMuster muster = TestMuster.start();
        FakeDevice device = muster.enroll("script")) {
      Path log = directory.resolve("log");
      Process script =
          Shell.start(
              "exec sh '" + Path.of("../examples/report.sh").toAbsolutePath() + "'",
              directory,
              log,
              Map.of(
                  "MUSTER_URL", muster.url().toString(),
                  "MUSTER_ID", device.id(),
                  "MUSTER_KEY", device.token(),
                  "MUSTER_STATE", directory.resolve("seen").toString(),
                  "MUSTER_INTERVAL", "0.2"));
      try {
        String path = "/api/agents/" + device.id();
        Awaitility.await().until(() -> muster.admin().get(path).text("status").equals("online"));
        String id =
            muster
                .admin()
                .post(
                    path + "/commands",
                    Map.of(
                        "type",
                        "shell",
                        "params",
                        Map.of("command", "echo \"it's $((6*7))\"; exit 3")))
                .expect(200)
                .text("command_id");
        Awaitility.await()
            .untilAsserted(() ->
                assertThat(muster.admin().get(path + "/commands/" + id).text("status"))
                    .isEqualTo("completed"));
        assertThat(muster.admin().get(path + "/commands/" + id).text("output"))
            .isEqualTo("it's 42\n");
        assertThat(muster.admin().get(path + "/commands/" + id).at("exit_code").asInt())
            .isEqualTo(3);
        assertThat(muster.admin().get(path).at("/metrics/mem_percent").asDouble()).isPositive();
        assertThat(Files.readString(log)).isEmpty();
      } finally {
        Shell.stop(script);
      }
    }
  }
}
