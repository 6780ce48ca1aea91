package muster.simulator;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One run of the program from the moment the fleet connects: for a time or until Ctrl-C, which
/// still lets every device say goodbye and the check come to its end.
///
/// @param duration absent = until Ctrl-C
/// @param commands a second, 0 = none
record Run(
    Simulation simulation,
    Api api,
    Optional<Duration> duration,
    double commands,
    boolean check,
    PrintStream out) {
  private static final Duration SETTLING = Duration.ofMinutes(2);
  private static final Duration ENDING = Duration.ofSeconds(150);

  /// Ends the simulation, too; answers whether nothing was found.
  boolean untilTheEnd() throws IOException, InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  stop.countDown();
                  await(over);
                }));
    try (simulation;
        StatusLine line =
            new StatusLine(
                simulation.totals(),
                simulation.expected(),
                out,
                "1".equals(System.getenv("MUSTER_STDOUT_TTY")))) {
      return run(stop, line);
    } finally {
      over.countDown();
    }
  }

  private boolean run(CountDownLatch stop, StatusLine line)
      throws IOException, InterruptedException {
    if (check) {
      simulation.watch(api);
    }
    if (commands > 0) {
      simulation.operate(api, commands);
    }
    if (duration.isPresent()) {
      boolean early = stop.await(duration.get().toMillis(), TimeUnit.MILLISECONDS);
      line.note(early ? "Stopping." : "Time is up.");
    } else {
      stop.await();
    }
    if (!check) {
      return true;
    }
    line.note("Letting it settle, for 2 minutes at most ...");
    Report report = simulation.check(api, SETTLING);
    line.note(report.toString());
    return report.isClean();
  }

  private static void await(CountDownLatch over) {
    try {
      if (!over.await(ENDING.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println("muster: could not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
