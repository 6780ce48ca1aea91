package muster.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.agent.net.CaPin;
import muster.auth.Token;
import muster.simulator.Api;
import muster.simulator.Endpoint;
import muster.simulator.Fleet;
import muster.simulator.Scenario;
import muster.simulator.Simulation;

/// A server as a process of its own and a fleet of virtual devices in this one.
final class FleetRun implements AutoCloseable {
  private static final Pattern USED = Pattern.compile("used (\\d+)K");
  private static final double TICKS = 100; // USER_HZ is 100 on every Linux Java runs on

  private final Path work;
  private final Programs programs;
  private final int port;
  private final String key = Token.random(Token.Kind.KEY).text();
  private final Map<String, String> settings = new HashMap<>();
  private Process server;
  private final Simulation simulation;

  private FleetRun(Path work, Scenario scenario, boolean tls) throws Exception {
    this.work = work;
    programs = new Programs(work);
    port = Programs.freePort();
    settings.put("MUSTER_ADMIN_KEY", key);
    server = launch();
    Endpoint endpoint = endpoint(tls);
    Fleet fleet = Fleet.open(work.resolve("fleet.jsonl"), endpoint, scenario.seed());
    simulation = new Simulation(endpoint, scenario, fleet, 2, Optional.empty());
  }

  /// Prints the machine; starts a server and enrols `devices`, at most as many as this process may
  /// have connections.
  static FleetRun start(String title, int devices, Scenario scenario, boolean tls)
      throws Exception {
    Machine.print(title);
    FleetRun run = new FleetRun(Files.createTempDirectory("muster-bench"), scenario, tls);
    long began = System.nanoTime();
    Api api = run.api();
    run.simulation.enrol(
        0, devices, () -> api.post("/v1/devices/enrollment", "{}").string("token"), id -> true);
    double seconds = (System.nanoTime() - began) / 1e9;
    print("enrolled, 64 at a time", "%,d in %.1f s, %,.0f/s", devices, seconds, devices / seconds);
    return run;
  }

  static void print(String what, String format, Object... values) {
    System.out.printf(Locale.ROOT, "%-40s %s%n", what, String.format(Locale.ROOT, format, values));
  }

  private Process launch() {
    return programs.server(settings, port, work.resolve("data"));
  }

  private Endpoint endpoint(boolean tls) throws IOException, InterruptedException {
    Endpoint plain = new Endpoint(URI.create("http://127.0.0.1:" + port), Optional.empty());
    if (!tls) {
      return plain;
    }
    String pin = new Api(plain, key).get("/v1/server").string("ca_sha256");
    return new Endpoint(
        URI.create("https://127.0.0.1:" + port), Optional.of(new CaPin("sha256/" + pin)));
  }

  Simulation simulation() {
    return simulation;
  }

  /// Always plain: what is measured over it is not TLS.
  Api api() {
    return new Api(new Endpoint(URI.create("http://127.0.0.1:" + port), Optional.empty()), key);
  }

  Path database() {
    return work.resolve("data/server/muster.db");
  }

  int port() {
    return port;
  }

  String key() {
    return key;
  }

  /// Lets these machines connect and waits until they are there.
  void connect(int from, int to) throws InterruptedException {
    simulation.start(from, to);
    if (!simulation.awaitConnected(to, Duration.ofMinutes(3))) {
      throw new IllegalStateException(
          "only %d of %d connected in 3 min".formatted(simulation.totals().connected(), to));
    }
  }

  void kill() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  /// Returns when the port is open.
  void restart() {
    server = launch();
  }

  long residentMebibytes() {
    return Programs.residentMebibytes(server);
  }

  /// What is left on the server's heap when it has been collected.
  long liveHeapKibibytes() throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run");
    return jcmd("GC.heap_info")
        .lines()
        .filter(line -> !line.contains("etaspace") && !line.contains("class space"))
        .map(USED::matcher)
        .filter(Matcher::find)
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .sum();
  }

  String jcmd(String... command) throws IOException, InterruptedException {
    String[] words = new String[command.length + 2];
    words[0] = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    words[1] = Long.toString(server.pid());
    System.arraycopy(command, 0, words, 2, command.length);
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return text;
  }

  /// The share of one processor the server uses over a while, 1.0 = one of them busy.
  double processors(Duration over) throws IOException, InterruptedException {
    double before = cpuSeconds();
    long began = System.nanoTime();
    Thread.sleep(over);
    return (cpuSeconds() - before) / ((System.nanoTime() - began) / 1e9);
  }

  private double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(server.pid()), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
  }

  @Override
  public void close() {
    simulation.close();
    programs.close();
  }
}
