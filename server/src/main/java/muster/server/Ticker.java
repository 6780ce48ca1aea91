package muster.server;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does what has to be done now and then, one thing after the other on one thread. What a task
/// throws is logged and does not stop the next turn.
final class Ticker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ticker.class);

  private static final Duration WATCH = Duration.ofMillis(100);
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final ScheduledExecutorService thread;

  /// @param name of the thread
  Ticker(String name) {
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name(name).unstarted(task));
  }

  /// Tells `listener` each time this process stood still for longer than [#PAUSE], by real time and
  /// before anything else is done.
  void onPause(Consumer<Duration> listener) {
    long[] last = {System.nanoTime()};
    every(
        WATCH,
        "watching for pauses",
        () -> {
          long now = System.nanoTime();
          Duration passed = Duration.ofNanos(now - last[0]);
          last[0] = now;
          if (passed.compareTo(PAUSE) > 0) {
            log.warn("this process stood still for {} s", passed.toSeconds());
            listener.accept(passed);
          }
        });
  }

  void every(Duration interval, String what, Runnable task) {
    thread.scheduleAtFixedRate(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            log.error("{} failed", what, e);
          }
        },
        interval.toMillis(),
        interval.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
