package muster.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import muster.agent.exec.Processes;
import muster.agent.exec.Spool;
import muster.agent.journal.Journal;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.store.SqliteDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real server and the real agent, each a process, die again and again while commands are
/// submitted: first at each of the points below, then at random moments. Each command appends its
/// name to a file, so that the file tells what was truly started. `-Dmuster.seed=` repeats the
/// order of the points and the random moments.
class KilledFleetTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final int RANDOM_KILLS = 6;
  private static final int AS_BY_SIGKILL = 137;
  private static final String KEY = "mk_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> FINAL =
      Set.of("completed", "failed", "timed_out", "cancelled", "expired", "lost");

  private static final List<KillPoint> OF_SERVER =
      List.of(
          KillPoint.entering(SqliteDatabase.class, "runBatch").at(7),
          KillPoint.leaving(SqliteDatabase.class, "runBatch").at(9),
          KillPoint.leaving(Deliveries.class, "take").at(2),
          KillPoint.entering(Deliveries.class, "give").at(2),
          KillPoint.leaving(Deliveries.class, "give").at(3),
          KillPoint.entering(Executions.class, "applyFrom").at(3),
          KillPoint.leaving(Executions.class, "applyFrom").at(4));

  private static final List<KillPoint> OF_AGENT =
      List.of(
          KillPoint.entering(Journal.class, "started").at(2),
          KillPoint.leaving(Journal.class, "started").at(3),
          KillPoint.leaving(Processes.class, "start").at(2),
          KillPoint.leaving(Spool.class, "append").at(2),
          KillPoint.entering(Journal.class, "ended").at(3),
          KillPoint.leaving(Journal.class, "ended").at(2),
          KillPoint.entering(Journal.class, "acknowledged").at(2));

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Map<String, String> accepted = new LinkedHashMap<>();
  private int port;
  private String device = "";

  @Test
  void kill_atEveryPointAndAtRandom_startsNothingTwiceAndLosesNothing() throws Exception {
    port = freePort();
    Path killer = KillPoint.agentJar(directory);
    try (Mortal server = server(killer)) {
      try (Mortal agent = agent(killer)) {
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(this::findDevice);
        while (server.armed().isPresent() || agent.armed().isPresent()) {
          assertThat(accepted)
              .as("seed %d: %s and %s are passed", SEED, server.armed(), agent.armed())
              .hasSizeLessThan(600);
          submit();
        }
        for (int i = 0; i < RANDOM_KILLS; i++) {
          submit();
          (i % 2 == 0 ? agent : server).kill(random.nextInt(300));
          submit();
        }
        await()
            .atMost(Duration.ofSeconds(240))
            .pollInterval(Duration.ofMillis(200))
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(statuses().values()).allMatch(FINAL::contains));
        judge();
        assertThat(server.exits()).as("the server dies by its points").contains(AS_BY_SIGKILL);
        assertThat(agent.exits()).hasSizeGreaterThanOrEqualTo(OF_AGENT.size());
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private List<KillPoint> shuffled(List<KillPoint> points) {
    List<KillPoint> shuffled = new ArrayList<>(points);
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    return shuffled;
  }

  private Mortal server(Path killer) {
    return new Mortal(
        directory.resolve("server.log"),
        killer,
        List.of(
            muster.server.Main.class.getName(),
            "serve",
            "--data",
            directory.resolve("data").toString(),
            "--bind",
            "127.0.0.1",
            "--port",
            Integer.toString(port)),
        Map.of("MUSTER_ADMIN_KEY", KEY),
        shuffled(OF_SERVER));
  }

  private Mortal agent(Path killer) throws Exception {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> send("POST", "/v1/devices/enrollment", "{}", "enrol").statusCode() == 200);
    String token =
        json(send("POST", "/v1/devices/enrollment", "{}", "enrol")).path("token").asText();
    return new Mortal(
        directory.resolve("agent.log"),
        killer,
        List.of(
            muster.agent.Main.class.getName(),
            "run",
            "--state",
            directory.resolve("agent").toString(),
            "--server",
            "http://127.0.0.1:" + port),
        Map.of("MUSTER_ENROLL_TOKEN", token),
        shuffled(OF_AGENT));
  }

  private boolean findDevice() throws Exception {
    JsonNode devices = json(send("GET", "/v1/devices", "", "")).path("devices");
    if (devices.isEmpty() || !devices.get(0).path("status").asText().equals("online")) {
      return false;
    }
    device = devices.get(0).path("id").asText();
    return true;
  }

  /// As a client does it that must not submit twice: with a key of its own, until it has an answer.
  private void submit() {
    String key = "k" + accepted.size();
    String body =
        "{\"tool\":\"bash\",\"args\":{\"command\":\"echo %s >> %s; echo %s\"},\"timeout_seconds\":600}"
            .formatted(key, directory.resolve("effects"), key);
    AtomicReference<String> id = new AtomicReference<>("");
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> {
          HttpResponse<String> answer =
              send("POST", "/v1/devices/" + device + "/commands", body, key);
          assertThat(answer.statusCode()).as("%s: %s", key, answer.body()).isEqualTo(201);
          id.set(json(answer).path("id").asText());
        });
    accepted.put(id.get(), key);
  }

  private Map<String, String> statuses() throws Exception {
    Map<String, String> statuses = new HashMap<>();
    for (JsonNode command : commands()) {
      statuses.put(command.path("id").asText(), command.path("status").asText());
    }
    return statuses;
  }

  private List<JsonNode> commands() throws Exception {
    List<JsonNode> commands = new ArrayList<>();
    json(send("GET", "/v1/commands?limit=1000", "", "")).path("commands").forEach(commands::add);
    return commands;
  }

  private void judge() throws Exception {
    Map<String, Long> effects =
        Files.readAllLines(directory.resolve("effects")).stream()
            .collect(Collectors.groupingBy(key -> key, Collectors.counting()));
    Map<String, String> statuses = statuses();
    assertThat(statuses.keySet())
        .as("seed %d", SEED)
        .containsExactlyInAnyOrderElementsOf(accepted.keySet());
    assertThat(effects.values()).as("seed %d: %s", SEED, effects).allMatch(count -> count == 1);
    for (Map.Entry<String, String> command : accepted.entrySet()) {
      String status = Optional.ofNullable(statuses.get(command.getKey())).orElse("gone");
      assertThat(status).as("seed %d: %s", SEED, command).isIn("completed", "failed");
      if (status.equals("completed")) {
        assertThat(effects).as("seed %d", SEED).containsKey(command.getValue());
      }
    }
    assertThat(statuses.values().stream().filter("completed"::equals).count())
        .as("only what an agent's death interrupted has failed")
        .isGreaterThanOrEqualTo(statuses.size() - 3L * (OF_AGENT.size() + RANDOM_KILLS));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private HttpResponse<String> send(String method, String path, String body, String idempotencyKey)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!idempotencyKey.isEmpty()) {
      request.header("Idempotency-Key", idempotencyKey);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
