package muster.work;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/// A task that many ask for and that must not run twice at the same time: a request during a run
/// makes one more run, however many ask. So what was there to be done when somebody asked is done,
/// without a lock. Shared by all threads; the count is its only state.
public final class Serial {
  private final Executor executor;
  private final AtomicInteger asked = new AtomicInteger();

  /// @param executor runs the task, one call at a time
  public Serial(Executor executor) {
    this.executor = executor;
  }

  /// Runs `task` once now, or once more after the run under way. Returns at once. All callers mean
  /// the same task. A run that throws counts as done.
  public void run(Runnable task) {
    if (asked.getAndIncrement() == 0) {
      executor.execute(() -> runAll(task));
    }
  }

  private void runAll(Runnable task) {
    int seen = asked.get();
    try {
      do {
        seen = asked.get();
        task.run();
      } while (!asked.compareAndSet(seen, 0));
    } catch (RuntimeException | Error e) {
      // The count must not stay up, or the task would never run again.
      if (!asked.compareAndSet(seen, 0)) {
        runAll(task);
      }
      throw e;
    }
  }
}
