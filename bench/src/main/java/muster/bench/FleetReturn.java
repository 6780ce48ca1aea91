package muster.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import muster.simulator.Api;
import muster.simulator.Scenario;
import muster.simulator.Sentry;
import muster.simulator.Simulation;

/// The server is killed and started again: how long until everybody is back, how it answers
/// meanwhile, and whom it calls offline wrongly.
final class FleetReturn {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

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
      Queue<Long> latencies = new ConcurrentLinkedQueue<>();
      Thread prober = Thread.ofVirtual().start(() -> probe(run.api(), simulation, latencies));
      for (double share : new double[] {0.5, 0.9, 0.99, 1}) {
        boolean there = simulation.awaitConnected((long) (devices * share), PATIENCE);
        FleetRun.print(
            "kill -9 to %.0f %% online".formatted(share * 100),
            there ? "%.1f s" : "not within %.1f s",
            since(killed));
      }
      prober.interrupt();
      prober.join();
      Load.Figures figures =
          Load.Figures.of(latencies.stream().mapToLong(Long::longValue).toArray(), 1);
      FleetRun.print(
          "API meanwhile (a device, a page of 100)",
          "%d calls, p50 %.0f ms, p99 %.0f ms, worst %.0f ms",
          latencies.size(),
          figures.p50Millis(),
          figures.p99Millis(),
          latencies.stream().mapToLong(Long::longValue).max().orElse(0) / 1e6);
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

  private static void probe(Api api, Simulation simulation, Queue<Long> latencies) {
    String device = simulation.ids().getFirst();
    try {
      for (int i = 0; ; i++) {
        long began = System.nanoTime();
        try {
          api.get(i % 2 == 0 ? "/v1/devices/" + device : "/v1/devices?limit=100");
        } catch (IOException e) {
          System.out.println("API call failed: " + e.getMessage());
        }
        latencies.add(System.nanoTime() - began);
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
