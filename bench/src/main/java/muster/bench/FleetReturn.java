package muster.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import muster.simulator.Scenario;
import muster.simulator.Sentry;
import muster.simulator.Simulation;

/// The server is killed and started again: how long until everybody is back, how it answers
/// meanwhile, and whom it calls offline wrongly.
final class FleetReturn {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int MOST_CALLS = 3_000;

  private FleetReturn() {}

  static void run(int devices) throws Exception {
    try (FleetRun run =
        FleetRun.start("bench/run return " + devices, devices, Scenario.calm(1), false)) {
      run.connect(0, devices);
      Simulation simulation = run.simulation();
      Sentry sentry = simulation.watch(run.api());
      TimeUnit.SECONDS.sleep(5);

      long killed = System.nanoTime();
      run.kill();
      run.restart();
      FleetRun.print("kill -9 to listening again", "%.1f s", since(killed));
      Process person = person(run, simulation.ids().getFirst());
      for (double share : new double[] {0.5, 0.9, 0.99, 1}) {
        boolean there = simulation.awaitConnected((long) (devices * share), PATIENCE);
        FleetRun.print(
            "kill -9 to %.0f %% online".formatted(share * 100),
            there ? "%.1f s" : "not within %.1f s",
            since(killed));
      }
      person.toHandle().destroy(); // what it has told can still be read
      long[] latencies =
          person.errorReader().lines().mapToLong(FleetReturn::nanos).sorted().toArray();
      Load.Figures figures = Load.Figures.of(latencies, 1);
      FleetRun.print(
          "API meanwhile (a device, a page of 100)",
          "%d calls, p50 %.0f ms, p99 %.0f ms, worst %.0f ms",
          latencies.length,
          figures.p50Millis(),
          figures.p99Millis(),
          latencies[latencies.length - 1] / 1e6);
      TimeUnit.SECONDS.sleep(60); // the leases of all who did not come back would have ended
      FleetRun.print(
          "called offline wrongly",
          "%d devices, asked %d times, %d times without an answer",
          sentry.wronged().size(),
          sentry.looks(),
          sentry.missed());
      FleetRun.print("server", "%d MiB resident", run.residentMebibytes());
    }
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  /// Somebody who asks for a device and for a page, in turn, up to 15 times a second: a process of
  /// its own, as in this one thousands of virtual devices have their turn before it. It tells each
  /// call on standard error, where nothing is held back, and ends by itself after some minutes.
  private static Process person(FleetRun run, String device) throws IOException {
    String base = "http://127.0.0.1:" + run.port() + "/v1/devices";
    Process curl =
        new ProcessBuilder(
                "curl",
                "--silent",
                "--rate",
                "15/s",
                "--max-time",
                "30",
                "--header",
                "Authorization: Bearer " + run.key(),
                "--write-out",
                "%{stderr}%{http_code} %{time_total}\n",
                "--config",
                "-")
            .start();
    try (BufferedWriter asked = curl.outputWriter()) {
      for (int i = 0; i < MOST_CALLS; i++) {
        String url = i % 2 == 0 ? base + "/" + device : base + "?limit=100";
        asked.write("url = \"%s\"%noutput = /dev/null%n".formatted(url));
      }
    }
    return curl;
  }

  private static long nanos(String line) {
    String[] words = line.split(" ");
    if (!words[0].equals("200")) {
      System.out.println("API call failed: " + line);
    }
    return (long) (Double.parseDouble(words[1]) * 1e9);
  }
}
