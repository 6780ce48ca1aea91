package muster.connect;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/// Runs what it is given one after the other on an executor, in order of arrival. Safe for any
/// thread; its monitor guards the queue only and is never held while a task runs.
final class Mailbox implements Executor {

  private final Executor executor;
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private boolean running;

  Mailbox(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.add(task);
      if (running) {
        return;
      }
      running = true;
    }
    executor.execute(this::drain);
  }

  private void drain() {
    while (true) {
      Runnable task;
      synchronized (tasks) {
        task = tasks.poll();
        if (task == null) {
          running = false;
          return;
        }
      }
      task.run();
    }
  }
}
