package muster.it.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import muster.testkit.ServerProcess;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server is killed while it tells somebody of events.
class KilledWhileSendingTest {
  private static final int UPDATES = 60;

  @TempDir Path directory;

  @Test
  @Tag("F120")
  @DisplayName("F120: a kill loses no event, and what comes twice has the same id")
  void kill_losesNoEvent() throws Exception {
    try (Receiver receiver = new Receiver();
        ServerProcess server =
            ServerProcess.wrapped(
                "export MUSTER_WEBHOOKS_ALLOW=127.0.0.1; exec \"$@\"",
                directory.resolve("log"),
                directory.resolve("data"))) {
      server
          .client()
          .post("/api/webhooks", Map.of("url", receiver.url(), "events", List.of("update.*")))
          .expect(201);
      for (int round = 0; round < 3; round++) {
        int before = receiver.came.size();
        for (int i = 0; i < UPDATES; i++) {
          update(server, round * UPDATES + i);
        }
        int some = before + UPDATES / 3;
        await().atMost(Duration.ofSeconds(30)).until(() -> receiver.came.size() >= some);
        server.crash();
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(versions(receiver)).hasSize(3 * UPDATES));
      Map<String, Set<String>> ids =
          receiver.came.stream()
              .collect(
                  Collectors.groupingBy(
                      KilledWhileSendingTest::version,
                      Collectors.mapping(Receiver.Came::id, Collectors.toSet())));
      assertThat(ids.values()).allSatisfy(same -> assertThat(same).hasSize(1));
    }
  }

  private static void update(ServerProcess server, int number) {
    server
        .client()
        .post(
            "/fleetd.v1.UpdateService/CreateUpdate",
            Map.of(
                "name",
                "killed",
                "version",
                "1.0." + number,
                "artifacts",
                List.of(
                    Map.of(
                        "platform",
                        "linux",
                        "url",
                        "https://updates.example/a",
                        "checksum",
                        "sha256:" + "ab".repeat(32),
                        "size_bytes",
                        10))))
        .expect(200);
  }

  private static String version(Receiver.Came came) {
    return came.json().at("/data/version").asText();
  }

  private static Set<String> versions(Receiver receiver) {
    return receiver.came.stream().map(KilledWhileSendingTest::version).collect(Collectors.toSet());
  }
}
