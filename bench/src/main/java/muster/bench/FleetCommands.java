package muster.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.simulator.Api;
import muster.simulator.Scenario;
import muster.simulator.Simulation;

/// How long a command takes from the API to the agent and back to the first byte of output, in a
/// quiet fleet of a fifth and of full size; and how long it takes to reach everybody.
final class FleetCommands {
  private static final int COMMANDS = 300;
  private static final int AT_ONCE = 64;
  private static final String ECHO = "{\"tool\":\"bash\",\"args\":{\"argv\":[\"echo\",\"x\"]}}";

  private final FleetRun run;
  private final Api api;
  private final HttpClient http = HttpClient.newHttpClient();

  private FleetCommands(FleetRun run) {
    this.run = run;
    this.api = run.api();
  }

  static void run(int devices) throws Exception {
    try (FleetRun run =
        FleetRun.start("bench/run commands " + devices, devices, Scenario.calm(1), false)) {
      FleetCommands bench = new FleetCommands(run);
      run.connect(0, devices / 5);
      bench.oneByOne(COMMANDS);
      bench.report(devices / 5);
      run.connect(devices / 5, devices);
      bench.report(devices);
      bench.everybody(devices);
      bench.everybody(devices);
    }
  }

  private void report(int devices) throws Exception {
    Load.Figures figures = Load.Figures.of(oneByOne(COMMANDS), 1);
    FleetRun.print(
        "first output byte, %,d connected".formatted(devices),
        "p50 %.1f ms, p99 %.1f ms, %d one after the other",
        figures.p50Millis(),
        figures.p99Millis(),
        COMMANDS);
  }

  private long[] oneByOne(int count) throws Exception {
    Random random = new Random(1);
    List<String> ids = run.simulation().ids();
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      String device = ids.get(random.nextInt(ids.size()));
      long began = System.nanoTime();
      String command = api.post("/v1/devices/" + device + "/commands", ECHO).string("id");
      nanos[i] = firstOutput(command) - began;
    }
    return nanos;
  }

  /// Reads a command's events to their end; answers when the first output came.
  private long firstOutput(String command) throws IOException, InterruptedException {
    URI uri =
        URI.create("http://127.0.0.1:%d/v1/commands/%s/output".formatted(run.port(), command));
    HttpResponse<Stream<String>> events =
        http.send(
            HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + run.key()).build(),
            HttpResponse.BodyHandlers.ofLines());
    long[] first = {0};
    try (Stream<String> lines = events.body()) {
      lines.forEach(line -> {
        if (first[0] == 0 && line.equals("event: output")) {
          first[0] = System.nanoTime();
        }
      });
    }
    return first[0];
  }

  private void everybody(int devices) throws Exception {
    Simulation simulation = run.simulation();
    long started = simulation.totals().started();
    long ended = simulation.totals().acknowledged();
    Semaphore room = new Semaphore(AT_ONCE);
    long began = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String device : simulation.ids()) {
        room.acquire();
        threads.execute(() -> {
          try {
            api.post("/v1/devices/" + device + "/commands", ECHO);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          } finally {
            room.release();
          }
        });
      }
      double accepted = (System.nanoTime() - began) / 1e9;
      while (simulation.totals().started() - started < devices) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      double running = (System.nanoTime() - began) / 1e9;
      while (simulation.totals().acknowledged() - ended < devices) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      double all = (System.nanoTime() - began) / 1e9;
      FleetRun.print(
          "one each for %,d, %d at a time".formatted(devices, AT_ONCE),
          "all submitted %.1f s, all started %.1f s, all results durable %.1f s: %,.0f/s",
          accepted,
          running,
          all,
          devices / all);
    }
  }
}
