package muster.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import muster.simulator.Scenario;
import muster.simulator.Simulation;

/// What a connected device costs the server: memory at a quarter, a half and all of the fleet, and
/// processor time at 15 s and 30 s heartbeats.
final class FleetMemory {
  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final Duration SETTLING = Duration.ofSeconds(20);
  private static final int SHOWN = 25;

  private FleetMemory() {}

  static void run(int wanted, boolean tls) throws Exception {
    int devices = (int) Math.min(wanted, Simulation.most());
    String title = "bench/run memory %d%s".formatted(wanted, tls ? " tls" : "");
    Scenario scenario = Scenario.calm(1);
    try (FleetRun run = FleetRun.start(title, devices, scenario, tls)) {
      if (devices < wanted) {
        FleetRun.print("devices", "%,d: no more open files are allowed here", devices);
      }
      TimeUnit.SECONDS.sleep(3);
      long emptyHeap = run.liveHeapKibibytes();
      long empty = run.residentMebibytes();
      FleetRun.print(
          "nobody connected", "%,d MiB resident, %,d MiB live heap", empty, emptyHeap / 1024);
      int before = 0;
      for (int step : new int[] {devices / 4, devices / 2, devices}) {
        run.connect(before, step);
        before = step;
        TimeUnit.SECONDS.sleep(SETTLING.toSeconds());
        long resident = run.residentMebibytes();
        long heap = run.liveHeapKibibytes();
        FleetRun.print(
            "%,d connected".formatted(step),
            "%,d MiB resident, %,d MiB live heap: %.1f KiB live heap each; %,d MiB resident after"
                + " collection: %.1f KiB each",
            resident,
            heap / 1024,
            (heap - emptyHeap) / (double) step,
            run.residentMebibytes(),
            (run.residentMebibytes() - empty) * 1024.0 / step);
      }
      FleetRun.print(
          "processor, 15 s heartbeats",
          "%.0f %% of one, %,d heartbeats/s",
          100 * run.processors(MEASURED),
          devices / 15);
      run.simulation().beatEvery(Duration.ofSeconds(30));
      TimeUnit.SECONDS.sleep(SETTLING.toSeconds());
      FleetRun.print(
          "processor, 30 s heartbeats",
          "%.0f %% of one, %,d heartbeats/s",
          100 * run.processors(MEASURED),
          devices / 30);
      Path histogram = Path.of("bench/target/histogram.txt");
      String text = run.jcmd("GC.class_histogram");
      Files.writeString(histogram, text);
      System.out.println("largest on the server's heap (all of it: " + histogram + ")");
      text.lines().skip(2).limit(SHOWN).forEach(System.out::println);
    }
  }
}
