package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import muster.server.Main;
import muster.testkit.JavaProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server is killed (SIGKILL) at random moments while several threads write; what it had
/// answered is there when it is started again. Seeded as to the moments; `-Dmuster.seed=` repeats
/// them, and every failure names the seed.
class CrashTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final int ROUNDS = 10;
  private static final int WRITERS = 4;
  private static final Duration START = Duration.ofSeconds(60);
  private static final String KEY = "mk_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Queue<String> devices = new ConcurrentLinkedQueue<>();
  private final Queue<String> keys = new ConcurrentLinkedQueue<>();
  private final Queue<String> tokens = new ConcurrentLinkedQueue<>();
  private final Map<String, String> commands = new ConcurrentHashMap<>();
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final int port = freePort();
  private Optional<Process> server = Optional.empty();

  @AfterEach
  void kill() throws InterruptedException {
    if (server.isPresent()) {
      server.get().destroyForcibly().waitFor();
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process start() {
    Path log = directory.resolve("server.log");
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
                    Integer.toString(port))));
    program.environment().put("MUSTER_ADMIN_KEY", KEY);
    program
        .environment()
        .put("MUSTER_LIMITS_DEVICE_PER_MINUTE", "0"); // one machine tries many tokens
    program
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Process started = program.start();
      server = Optional.of(started);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process startAndWait() throws IOException, InterruptedException {
    Process started = start();
    long end = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < end && started.isAlive()) {
      try {
        if (send("GET", "/readyz", "").statusCode() == 200) {
          return started;
        }
      } catch (IOException e) {
        // Not listening yet.
        started.waitFor(50, TimeUnit.MILLISECONDS);
      }
    }
    throw new AssertionError(
        "seed " + SEED + ": no start:\n" + Files.readString(directory.resolve("server.log")));
  }

  private HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String method, String path, String body, int expected)
      throws IOException, InterruptedException {
    HttpResponse<String> response = send(method, path, body);
    assertThat(response.statusCode())
        .as("seed %d: %s %s: %s", SEED, method, path, response.body())
        .isEqualTo(expected);
    return response.body().isEmpty() ? JSON.nullNode() : JSON.readTree(response.body());
  }

  @Test
  void kill_whileManyWrite_losesNothingThatWasAnswered() throws Exception {
    startAndWait();
    for (int round = 0; round < ROUNDS; round++) {
      Process running = server.orElseThrow();
      CountDownLatch answered = new CountDownLatch(5 + random.nextInt(60));
      List<Thread> writers = new ArrayList<>();
      List<AssertionError> wrong = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < WRITERS; i++) {
        String name = "r" + round + "-w" + i;
        writers.add(Thread.ofVirtual().start(() -> write(name, answered, wrong)));
      }
      assertThat(answered.await(60, TimeUnit.SECONDS)).as("seed %d: writes", SEED).isTrue();
      running.waitFor(random.nextInt(40), TimeUnit.MILLISECONDS);
      running.destroyForcibly();
      assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(wrong).isEmpty();
      startAndWait();
      requireAllIsThere(round);
    }
    assertThat(devices).hasSizeGreaterThan(ROUNDS);
    assertThat(commands).hasSizeGreaterThan(ROUNDS);
    assertThat(keys).hasSizeGreaterThan(ROUNDS);
  }

  /// Writes until the server is gone; what was answered is noted after the answer.
  private void write(String name, CountDownLatch answered, List<AssertionError> wrong) {
    try {
      for (int i = 0; ; i++) {
        String token = json("POST", "/v1/devices/enrollment", "{}", 200).path("token").asText();
        String id =
            json(
                    "POST",
                    "/v1/agent/register",
                    "{\"enrollment_token\":\"%s\",\"hardware_id\":\"hw-%s-%d\"}"
                        .formatted(token, name, i),
                    200)
                .path("device_id")
                .asText();
        devices.add(id);
        tokens.add(token);
        answered.countDown();
        String renamed = name + "-" + i;
        json("PATCH", "/v1/devices/" + id, "{\"name\":\"%s\"}".formatted(renamed), 200);
        names.put(id, renamed);
        answered.countDown();
        for (int j = 0; j < 3; j++) {
          String command =
              json(
                      "POST",
                      "/v1/devices/" + id + "/commands",
                      "{\"tool\":\"bash\",\"args\":{\"argv\":[\"%s\"]}}".formatted(renamed),
                      201)
                  .path("id")
                  .asText();
          commands.put(command, "queued");
          answered.countDown();
          if (j == 2) {
            commands.put(command, "queued or cancelled");
            json("POST", "/v1/commands/" + command + "/cancel", "{}", 200);
            commands.put(command, "cancelled");
            answered.countDown();
          }
        }
        keys.add(
            json("POST", "/api/auth/keys", "{\"name\":\"k\",\"role\":\"viewer\"}", 201)
                .path("id")
                .asText());
        answered.countDown();
      }
    } catch (IOException e) {
      // The server was killed: what was under way may be there or not.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (AssertionError e) {
      wrong.add(e);
    }
  }

  private void requireAllIsThere(int round) throws IOException, InterruptedException {
    String what = "seed %d, round %d".formatted(SEED, round);
    JsonNode verified = json("GET", "/v1/audit/verify", "", 200);
    assertThat(verified.path("ok").asBoolean()).as("%s: audit %s", what, verified).isTrue();
    Map<String, String> present = new HashMap<>();
    json("GET", "/v1/devices", "", 200)
        .path("devices")
        .forEach(device -> present.put(device.path("id").asText(), device.path("name").asText()));
    assertThat(present.keySet()).as("%s: devices", what).containsAll(devices);
    names.forEach(
        (id, name) -> assertThat(present.get(id)).as("%s: name of %s", what, id).isEqualTo(name));
    List<String> keysThere = new ArrayList<>();
    json("GET", "/api/auth/keys", "", 200)
        .path("keys")
        .forEach(key -> keysThere.add(key.path("id").asText()));
    assertThat(keysThere).as("%s: keys", what).containsAll(keys);
    Map<String, String> statuses = statuses();
    commands.forEach((id, possible) -> {
      assertThat(statuses).as(what).containsKey(id);
      assertThat(possible).as("%s: %s", what, id).contains(statuses.get(id));
    });
    for (String token : tokens) {
      json(
          "POST",
          "/v1/agent/register",
          "{\"enrollment_token\":\"%s\",\"hardware_id\":\"another\"}".formatted(token),
          409);
    }
    tokens.clear();
  }

  private Map<String, String> statuses() throws IOException, InterruptedException {
    Map<String, String> statuses = new HashMap<>();
    String path = "/v1/commands?limit=1000";
    while (true) {
      JsonNode page = json("GET", path, "", 200);
      page.path("commands")
          .forEach(command ->
              statuses.put(command.path("id").asText(), command.path("status").asText()));
      if (!page.has("next_cursor")) {
        return statuses;
      }
      path = "/v1/commands?limit=1000&cursor=" + page.path("next_cursor").asText();
    }
  }

  /// A start that is killed half-way leaves nothing that hinders the next one.
  @Test
  void kill_whileStarting_leavesADirectoryThatStarts() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Process starting = start();
      starting.waitFor(200L + random.nextInt(1_800), TimeUnit.MILLISECONDS);
      starting.destroyForcibly();
      assertThat(starting.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    startAndWait();
    json("POST", "/v1/devices/enrollment", "{}", 200);
    assertThat(json("GET", "/v1/audit/verify", "", 200).path("ok").asBoolean()).isTrue();
  }
}
