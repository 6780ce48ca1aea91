package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `muster up` as a program of its own, with this machine's agent as another.
class UpTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private Process up;

  @BeforeEach
  void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "muster.server.Main",
            "up",
            "--bind",
            "127.0.0.1",
            "--port",
            "0",
            "--data",
            directory.resolve("data").toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("MUSTER_"));
    up = builder.redirectErrorStream(true).redirectOutput(out().toFile()).start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    up.destroy();
    assertThat(up.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private Path out() {
    return directory.resolve("up.out");
  }

  private Optional<ProcessHandle> agent() {
    return up.children()
        .filter(child -> child.info().commandLine().orElse("").contains("muster-agent.jar"))
        .findFirst();
  }

  /// As the command line on this machine asks, with the profile that `up` has left for it.
  private JsonNode onlyDevice() throws IOException, InterruptedException {
    JsonNode profile = JSON.readTree(Files.readString(directory.resolve("data/cli.json")));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(profile.path("server").asText() + "/v1/devices"))
            .header("Authorization", "Bearer " + profile.path("token").asText())
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      String body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
      return JSON.readTree(body).path("devices").path(0);
    }
  }

  private boolean isConnected() throws IOException, InterruptedException {
    return onlyDevice().path("presence").path("reason").asText().startsWith("connected");
  }

  @Test
  void agentThatIsKilled_isStartedAgain_andLeavesWithTheServer() throws Exception {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.readString(out()).contains("is up"));
    Awaitility.await().until(this::isConnected);
    String device = onlyDevice().path("id").asText();
    ProcessHandle first = agent().orElseThrow();
    first.destroyForcibly();

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> agent().filter(again -> again.pid() != first.pid()).isPresent());
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(this::isConnected);
    assertThat(onlyDevice().path("id").asText()).isEqualTo(device);

    ProcessHandle second = agent().orElseThrow();
    stop();
    assertThat(second.isAlive()).isFalse();
  }
}
