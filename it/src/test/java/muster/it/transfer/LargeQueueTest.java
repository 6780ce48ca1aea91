package muster.it.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import muster.testkit.ServerProcess;
import muster.testkit.TestClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files that wait as arguments of commands, more of them than the server has memory (F047).
class LargeQueueTest {
  private static final int COMMANDS = 240;
  private static final String CONTENT = "x".repeat(450_000);

  @TempDir private Path directory;

  @Test
  @Tag("F047")
  @Timeout(300)
  void queueLargerThanTheMemory_isListedAndWithdrawn() throws Exception {
    try (ServerProcess server =
        ServerProcess.start(
            directory.resolve("log"),
            directory.resolve("data"),
            "-Xmx96m",
            "-XX:MaxDirectMemorySize=64m")) {
      TestClient admin = server.client();
      String token = admin.post("/v1/devices/enrollment", Map.of()).expect(200).text("token");
      String device =
          TestClient.of(server.url().toString(), "")
              .post(
                  "/v1/agent/register",
                  Map.of("enrollment_token", token, "hardware_id", "hw-large"))
              .expect(200)
              .text("device_id");
      for (int i = 0; i < COMMANDS; i++) {
        admin
            .post(
                "/v1/devices/" + device + "/commands",
                Map.of("tool", "write_file", "args", Map.of("path", "/a", "content", CONTENT)))
            .expect(201);
      }
      assertThat(admin.get("/api/devices/" + device + "/queue").expect(200).at("total").asInt())
          .isEqualTo(COMMANDS);
      assertThat(admin.post("/api/devices/" + device + "/block", Map.of()).status())
          .as(server.logged())
          .isEqualTo(200);
      assertThat(admin.get("/api/devices/" + device + "/queue").expect(200).at("total").asInt())
          .isZero();
      assertThat(server.logged()).doesNotContain("OutOfMemory");
    }
  }
}
