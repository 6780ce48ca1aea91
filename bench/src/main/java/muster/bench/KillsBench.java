package muster.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import muster.auth.Token;
import muster.wire.Json;
import muster.wire.JsonObject;

/// So many commands, while the server and ten agents, each a process, are killed once for every
/// thousand of them (`kill -9`, at no chosen moment). Nine of the agents start no processes
/// ([KillsAgent]), one is the agent itself with real shells. What was truly started is read from
/// files, what became of the commands from the server's store ([KillsVerdict]).
final class KillsBench {
  private static final int AGENTS = 10;
  private static final int COMMANDS_A_KILL = 1_000;

  /// How many kills of a hundred meet the server.
  private static final int OF_SERVER = 10;

  private static final int BATCHES_AT_ONCE = 2;

  /// One command of so many takes a while, so that kills find some running.
  private static final int SLOW_ONE_OF = 20;

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private record Agent(String device, Path effects, boolean isReal) {
    String command(int number) {
      boolean isSlow = number % SLOW_ONE_OF == 0;
      return isReal
          ? "echo %d >> %s; echo %d%s"
              .formatted(number, effects, number, isSlow ? "; sleep 0.25" : "")
          : "%d %d".formatted(number, isSlow ? 250 : 0);
    }

    int batch() {
      return isReal ? 10 : 100;
    }

    /// Shells cost far more of the processor than all the rest.
    Duration pause() {
      return isReal ? Duration.ofSeconds(2) : Duration.ZERO;
    }
  }

  private final int commands;
  private final int kills;
  private final Path work;
  private final Programs programs;
  private final int port = Programs.freePort();
  private final String key = Token.random(Token.Kind.KEY).text();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Random random = new Random();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger accepted = new AtomicInteger();
  private final List<Undying> agentProcesses = new ArrayList<>();
  private int serverKills;

  private KillsBench(int commands, Path work) {
    this.commands = commands;
    this.kills = commands / COMMANDS_A_KILL;
    this.work = work;
    this.programs = new Programs(work);
  }

  static void run(int commands) throws Exception {
    Machine.print("bench/run kills " + commands);
    new KillsBench(commands, Files.createTempDirectory("muster-bench")).run();
  }

  private void run() throws Exception {
    long began = System.nanoTime();
    List<Agent> agents = new ArrayList<>();
    try (programs) {
      try (Undying server = new Undying(this::server)) {
        for (int i = 0; i < AGENTS; i++) {
          agents.add(i == 0 ? realAgent() : agent(i));
        }
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
          List<Future<?>> done = new ArrayList<>();
          for (Agent agent : agents) {
            for (int i = 0; i < BATCHES_AT_ONCE; i++) {
              done.add(workers.submit(() -> submitBatches(agent)));
            }
          }
          done.add(
              workers.submit(() -> {
                kill(server);
                return null;
              }));
          for (Future<?> part : done) {
            part.get();
          }
        }
        FleetRun.print(
            "submitted", "%,d commands in %.0f min", commands, (System.nanoTime() - began) / 60e9);
        for (Agent agent : agents) {
          awaitNoneOpen(agent);
        }
      } finally {
        agentProcesses.forEach(Undying::close);
      }
    }
    FleetRun.print(
        "killed", "the server %d times, agents %d times", serverKills, kills - serverKills);
    KillsVerdict.of(
            work.resolve("data/server/muster.db"),
            agents.stream().map(Agent::effects).toList(),
            commands)
        .print();
    FleetRun.print("all of it", "%.0f min", (System.nanoTime() - began) / 60e9);
  }

  private Process server() {
    return programs.main(
        "server",
        List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        Map.of("MUSTER_ADMIN_KEY", key),
        "muster.server.Main",
        Programs.serve(port, work.resolve("data")));
  }

  private Agent agent(int number) throws Exception {
    Path state = Files.createDirectories(work.resolve("agent" + number));
    String token = patiently(() -> post("/v1/devices/enrollment", "{}", "")).string("token");
    JsonObject device =
        patiently(() ->
            post(
                "/v1/agent/register",
                "{\"enrollment_token\":\"%s\",\"hardware_id\":\"bench-%d\"}"
                    .formatted(token, number),
                ""));
    keep(() ->
        programs.main(
            "agent" + number,
            List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            Map.of(),
            KillsAgent.class.getName(),
            List.of(state.toString(), "http://127.0.0.1:" + port, device.string("auth_token"))));
    return new Agent(device.string("device_id"), state.resolve("effects"), false);
  }

  private Agent realAgent() throws Exception {
    Path state = Files.createDirectories(work.resolve("agent0"));
    Path jar = state.resolve("muster-agent.jar");
    try (InputStream in =
        Objects.requireNonNull(KillsBench.class.getResourceAsStream("/muster/muster-agent.jar"))) {
      Files.write(jar, in.readAllBytes());
    }
    String token = patiently(() -> post("/v1/devices/enrollment", "{}", "")).string("token");
    keep(() ->
        programs.jar(
            jar,
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m", "-Xss256k"),
            Map.of("MUSTER_ENROLL_TOKEN", token),
            "run",
            "--state",
            state.toString(),
            "--server",
            "http://127.0.0.1:" + port));
    Path credential = state.resolve("credential.json");
    while (!Files.exists(credential)) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    String device = Json.parseObject(Files.readString(credential)).string("device_id");
    return new Agent(device, state.resolve("effects"), true);
  }

  private void keep(Supplier<Process> start) {
    agentProcesses.add(new Undying(start));
  }

  /// Kills somebody each time another thousandth of the commands was accepted.
  private void kill(Undying server) throws InterruptedException {
    for (int i = 1; i <= kills; i++) {
      while (accepted.get() < (long) commands * i / (kills + 1)) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      if (random.nextInt(100) < OF_SERVER) {
        serverKills++;
        server.kill();
      } else {
        agentProcesses.get(random.nextInt(AGENTS)).kill();
      }
      if (i % Math.max(1, kills / 20) == 0) {
        FleetRun.print("so far", "%,d accepted, %d kills", accepted.get(), i);
      }
    }
  }

  /// Has at most one batch under way, and goes on when its last commands have ended.
  private Void submitBatches(Agent agent) throws Exception {
    while (next.get() < commands) {
      String last = "";
      for (int i = 0; i < agent.batch(); i++) {
        int number = next.getAndIncrement();
        if (number < commands) {
          last = submit(agent, number);
        }
      }
      String open = last;
      while (!open.isEmpty() && !hasEnded(open)) {
        TimeUnit.MILLISECONDS.sleep(150);
      }
      Thread.sleep(agent.pause());
    }
    return null;
  }

  /// As a client that must not submit twice: with a key of its own, until it has an answer.
  private String submit(Agent agent, int number) throws Exception {
    String body =
        "{\"tool\":\"bash\",\"args\":{\"command\":\"%s\"},\"timeout_seconds\":30,\"ttl_seconds\":1800}"
            .formatted(agent.command(number));
    JsonObject command =
        patiently(() ->
            post("/v1/devices/" + agent.device() + "/commands", body, Integer.toString(number)));
    accepted.incrementAndGet();
    return command.string("id");
  }

  private boolean hasEnded(String id) throws Exception {
    return patiently(() -> call("GET", "/v1/commands/" + id, "", ""))
        .optString("finished_at")
        .isPresent();
  }

  private void awaitNoneOpen(Agent agent) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (String status : List.of("queued", "sent", "running")) {
      String path = "/v1/commands?limit=1&device=" + agent.device() + "&status=" + status;
      while (!patiently(() -> call("GET", path, "", ""))
          .objects("commands", command -> command)
          .isEmpty()) {
        if (System.nanoTime() - deadline > 0) {
          return;
        }
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  private JsonObject patiently(Callable<JsonObject> call) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return call.call();
      } catch (IOException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }

  private JsonObject post(String path, String body, String idempotencyKey)
      throws IOException, InterruptedException {
    return call("POST", path, body, idempotencyKey);
  }

  private JsonObject call(String method, String path, String body, String idempotencyKey)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!idempotencyKey.isEmpty()) {
      request.header("Idempotency-Key", idempotencyKey);
    }
    HttpResponse<String> reply = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (reply.statusCode() / 100 == 4 && reply.statusCode() != 429) {
      throw new IllegalStateException(method + " " + path + ": " + reply.body());
    }
    if (reply.statusCode() / 100 != 2) {
      throw new IOException(method + " " + path + ": " + reply.statusCode());
    }
    return Json.parseObject(reply.body());
  }
}
