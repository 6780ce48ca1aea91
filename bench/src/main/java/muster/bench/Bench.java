package muster.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import muster.auth.Token;

/// Runs all measurements and prints them. Takes the number of devices (default 100,000) and the
/// seconds of each measurement (default 10); or the name of a measurement with a fleet
/// ([FleetBench]).
public final class Bench {
  private static final int CONNECTIONS = 16;
  private static final int COMMANDS = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final int devices;
  private final Duration measured;
  private final Path work;
  private final String key = Token.random(Token.Kind.KEY).text();
  private final HttpClient http = HttpClient.newHttpClient();

  private Bench(int devices, Duration measured, Path work) {
    this.devices = devices;
    this.measured = measured;
    this.work = work;
  }

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("transfer")) {
      TransferBench.run(args);
      return;
    }
    if (args.length > 0 && args[0].equals("rpc")) {
      RpcBench.run(args);
      return;
    }
    if (args.length > 0 && args[0].equals("downloads")) {
      DownloadsBench.run(args);
      return;
    }
    if (args.length > 0 && args[0].equals("logs")) {
      LogsBench.run(args);
      return;
    }
    if (args.length > 0 && args[0].equals("reports")) {
      ReportsBench.run(args);
      return;
    }
    if (args.length > 0 && args[0].equals("samples")) {
      SamplesBench.run(args);
      return;
    }
    if (args.length > 0 && !args[0].matches("\\d+")) {
      FleetBench.run(args);
      return;
    }
    int devices = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    Path work = Files.createTempDirectory("muster-bench");
    new Bench(devices, Duration.ofSeconds(seconds), work).run();
  }

  private void run() throws Exception {
    System.out.printf(
        "%d processors, %d MiB, JDK %s%n%d devices, %d connections, %d s each after as much warm-up%n%n",
        Runtime.getRuntime().availableProcessors(),
        Machine.memoryMebibytes(),
        Runtime.version(),
        devices,
        CONNECTIONS,
        measured.toSeconds());
    Fleet.write(work.resolve("data/server/muster.db"), devices);
    int port = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      long start = System.nanoTime();
      Process server =
          programs.bareServer(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
      System.out.printf(
          Locale.ROOT,
          "start to listening, without archive      %.2f s, %d MiB resident%n",
          (System.nanoTime() - start) / 1e9,
          Programs.residentMebibytes(server));
      reads(programs, port);
      commands(programs, port);
      System.out.printf(
          "server after all of it                   %d MiB resident%n",
          Programs.residentMebibytes(server));
    }
  }

  private void reads(Programs programs, int port) throws Exception {
    Path body = work.resolve("device.json");
    Files.writeString(body, get(port, "/v1/devices/" + Fleet.id(0)));
    int barePort = Programs.freePort();
    programs.java(
        "muster.bench.ConstantServer",
        Map.of(),
        barePort,
        Integer.toString(barePort),
        body.toString());
    Load bare = new Load(barePort, CONNECTIONS, key);
    Load muster = new Load(port, CONNECTIONS, key);
    Load.Figures constant = bare.run(n -> "/", measured, measured);
    print("constant from the bare HTTP stack", constant);
    Load.Figures hot = muster.run(n -> "/v1/devices/" + Fleet.id(n % 1000), measured, measured);
    print("GET device, 1,000 of them in turn", hot);
    Load.Figures again = bare.run(n -> "/", Duration.ZERO, measured);
    print("constant again", again);
    System.out.printf(
        Locale.ROOT,
        "  ratio GET device : constant            %.2f%n",
        hot.perSecond() * 2 / (constant.perSecond() + again.perSecond()));
    print(
        "GET device, all in turn",
        muster.run(n -> "/v1/devices/" + Fleet.id(n % devices), measured, measured));
    for (String query :
        List.of(
            "limit=100",
            "limit=100&status=online&tag=prod&order_by=last_seen%20DESC",
            "limit=100&filter=status:online%20AND%20cpu_usage:%3E80&order_by=name",
            "limit=100&search=R42")) {
      print(
          "list " + query.replace("%20", " ").replace("%3E", ">"),
          muster.run(n -> "/v1/devices?" + query, measured, measured));
    }
  }

  private void commands(Programs programs, int port) throws Exception {
    Path state = work.resolve("agent");
    Files.createDirectories(state);
    Path jar = state.resolve("muster-agent.jar");
    try (InputStream in =
        Objects.requireNonNull(Bench.class.getResourceAsStream("/muster/muster-agent.jar"))) {
      Files.write(jar, in.readAllBytes());
    }
    String enrollment = post(port, "/v1/devices/enrollment", "{}").path("token").asText();
    Process agent =
        programs.jar(
            jar,
            List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx32m",
                "-Xms4m",
                "-Xss256k",
                "-XX:-UsePerfData",
                "-XX:ReservedCodeCacheSize=16m"),
            Map.of("MUSTER_ENROLL_TOKEN", enrollment, "MALLOC_ARENA_MAX", "1"),
            "run",
            "--state",
            state.toString(),
            "--server",
            "http://127.0.0.1:" + port);
    String device = awaitAgent(port, state);
    long[] firstByte = new long[COMMANDS];
    long[] ended = new long[COMMANDS];
    for (int i = -COMMANDS; i < COMMANDS; i++) {
      long start = System.nanoTime();
      String id =
          post(
                  port,
                  "/v1/devices/" + device + "/commands",
                  "{\"tool\":\"bash\",\"args\":{\"argv\":[\"echo\",\"hello\"]}}")
              .path("id")
              .asText();
      long first = follow(port, id) - start;
      if (i >= 0) {
        firstByte[i] = first;
        ended[i] = System.nanoTime() - start;
      }
    }
    double seconds = 1;
    Load.Figures toFirst = Load.Figures.of(firstByte, seconds);
    Load.Figures toEnd = Load.Figures.of(ended, seconds);
    System.out.printf(
        Locale.ROOT,
        "exec `echo hello` on the real agent, %d one after the other%n"
            + "  to the first output byte               p50 %.1f ms   p99 %.1f ms%n"
            + "  to the end                             p50 %.1f ms   p99 %.1f ms%n"
            + "agent                                    %d MiB resident%n",
        COMMANDS,
        toFirst.p50Millis(),
        toFirst.p99Millis(),
        toEnd.p50Millis(),
        toEnd.p99Millis(),
        Programs.residentMebibytes(agent));
  }

  private String awaitAgent(int port, Path state) throws Exception {
    Path credential = state.resolve("credential.json");
    while (!Files.exists(credential)) {
      Thread.sleep(20);
    }
    String id = JSON.readTree(Files.readString(credential)).path("device_id").asText();
    while (!get(port, "/v1/devices/" + id).contains("\"status\":\"online\"")) {
      Thread.sleep(20);
    }
    return id;
  }

  /// Reads a command's events to their end; answers when the first output came.
  private long follow(int port, String command) throws IOException, InterruptedException {
    HttpResponse<Stream<String>> events =
        http.send(
            request(port, "/v1/commands/" + command + "/output").build(),
            HttpResponse.BodyHandlers.ofLines());
    long[] first = {0};
    try (var lines = events.body()) {
      lines.forEach(line -> {
        if (first[0] == 0 && line.equals("event: output")) {
          first[0] = System.nanoTime();
        }
      });
    }
    return first[0];
  }

  private HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .header("Authorization", "Bearer " + key);
  }

  private String get(int port, String path) throws IOException, InterruptedException {
    HttpResponse<String> reply =
        http.send(request(port, path).build(), HttpResponse.BodyHandlers.ofString());
    if (reply.statusCode() != 200) {
      throw new IOException(path + ": " + reply.statusCode() + " " + reply.body());
    }
    return reply.body();
  }

  private JsonNode post(int port, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> reply =
        http.send(
            request(port, path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    if (reply.statusCode() / 100 != 2) {
      throw new IOException(path + ": " + reply.statusCode());
    }
    return JSON.readTree(reply.body());
  }

  private static void print(String what, Load.Figures figures) {
    System.out.printf("%-40s %s%n", what, figures);
  }
}
