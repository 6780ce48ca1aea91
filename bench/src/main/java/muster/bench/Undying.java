package muster.bench;

import java.util.function.Supplier;

/// A program that is started again whenever it ends, until closed.
final class Undying implements AutoCloseable {
  private final Supplier<Process> start;
  private final Thread keeper;
  private Process process;
  private boolean closed;

  Undying(Supplier<Process> start) {
    this.start = start;
    this.process = start.get();
    this.keeper = Thread.ofVirtual().start(this::keep);
  }

  private void keep() {
    try {
      while (true) {
        current().waitFor();
        synchronized (this) {
          if (closed) {
            return;
          }
          process = start.get();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Process current() {
    return process;
  }

  /// `kill -9`.
  void kill() {
    current().destroyForcibly();
  }

  /// Ends it properly.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      process.destroy();
    }
    try {
      keeper.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
