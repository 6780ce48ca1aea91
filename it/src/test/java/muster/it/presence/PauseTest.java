package muster.it.presence;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.server.Main;
import muster.testkit.FakeDevice;
import muster.testkit.JavaProgram;
import muster.wire.ToolStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server's whole process stands still for 20 s (SIGSTOP, as a suspended virtual machine or a
/// long collection of garbage) and goes on: nobody is offline, and nothing is done twice.
@Tag("F021")
class PauseTest {
  private static final int DEVICES = 5;
  private static final Duration PAUSE = Duration.ofSeconds(20);
  private static final String KEY = "mk_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path directory;
  private final List<FakeDevice> devices = new ArrayList<>();
  private Optional<Process> server = Optional.empty();
  private URI base = URI.create("http://127.0.0.1");

  @AfterEach
  void kill() throws InterruptedException {
    devices.forEach(FakeDevice::cut);
    if (server.isPresent()) {
      server.get().destroyForcibly().waitFor();
    }
  }

  private void start() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      base = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    ProcessBuilder program =
        new ProcessBuilder(
            JavaProgram.command(
                List.of(),
                List.of(
                    Main.class.getName(),
                    "serve",
                    "--data",
                    directory.resolve("data").toString(),
                    "--bind",
                    "127.0.0.1",
                    "--port",
                    Integer.toString(base.getPort()))));
    program.environment().put("MUSTER_ADMIN_KEY", KEY);
    program.redirectErrorStream(true).redirectOutput(log().toFile());
    server = Optional.of(program.start());
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> send("GET", "/readyz", "").statusCode() == 200);
  }

  private Path log() {
    return directory.resolve("server.log");
  }

  private void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(server.orElseThrow().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  private HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String method, String path, String body) {
    try {
      HttpResponse<String> response = send(method, path, body);
      assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private FakeDevice enroll(String hardwareId) {
    String token = json("POST", "/v1/devices/enrollment", "{}").path("token").asText();
    JsonNode registered =
        json(
            "POST",
            "/v1/agent/register",
            "{\"enrollment_token\":\"%s\",\"hardware_id\":\"%s\"}".formatted(token, hardwareId));
    return FakeDevice.at(
        base,
        registered.path("device_id").asText(),
        registered.path("auth_token").asText(),
        hardwareId);
  }

  private String submit(FakeDevice device) {
    return json(
            "POST",
            "/v1/devices/" + device.id() + "/commands",
            "{\"tool\":\"bash\",\"args\":{\"argv\":[\"true\"]}}")
        .path("id")
        .asText();
  }

  private List<String> states() {
    List<String> states = new ArrayList<>();
    json("GET", "/v1/devices", "")
        .path("devices")
        .forEach(device -> states.add(device.at("/presence/state").asText()));
    return states;
  }

  @Test
  void standstillOfTheServer_makesNobodyOffline_andDeliversNothingTwice() throws Exception {
    start();
    Map<FakeDevice, FakeDevice.Delivery> running = new HashMap<>();
    for (int i = 0; i < DEVICES; i++) {
      FakeDevice device = enroll("hw-" + i).connect();
      devices.add(device);
      submit(device);
      running.put(device, device.nextExecute());
    }
    FakeDevice late = devices.getFirst();
    running.forEach((device, delivery) -> {
      if (device != late) {
        device.started(delivery);
      }
    });
    signal("STOP");
    late.started(running.get(late)); // waits in the kernel meanwhile
    long stopped = System.nanoTime();
    Awaitility.await()
        .atMost(PAUSE.plusSeconds(20))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> System.nanoTime() - stopped >= PAUSE.toNanos());
    signal("CONT");

    assertThat(states()).as("the first answer").hasSize(DEVICES).containsOnly("online");
    running.forEach(
        (device, delivery) -> device.result(delivery.executionId(), ToolStatus.COMPLETED, 0));
    Awaitility.await()
        .during(Duration.ofSeconds(10))
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(250))
        .until(() -> states().stream().allMatch("online"::equals));
    for (FakeDevice device : devices) {
      assertThat(device.isOpen()).isTrue();
      assertThat(device.pollExecute(Duration.ofMillis(10))).as("a second delivery").isEmpty();
      assertThat(Events.of(directory.resolve("data"), device.id()))
          .containsExactly("device.online");
      JsonNode command = json("GET", "/v1/commands/" + running.get(device).executionId(), "");
      assertThat(command.path("status").asText()).isEqualTo("completed");
      assertThat(command.path("attempt").asInt()).isEqualTo(1);
    }
    assertThat(Files.readString(log())).contains("this process stood still for ");
    assertThat(server.orElseThrow().waitFor(0, TimeUnit.SECONDS)).as("still running").isFalse();
  }
}
