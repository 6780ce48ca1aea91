package muster.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream that says nothing for too long: whoever reads it is told that it is closed.
/// [#heard] is for the reader; a thread of its own watches until this is closed.
final class Silence implements AutoCloseable {
  private final InputStream stream;
  private final Duration longest;
  private final Thread watcher;
  private volatile long heardAt = System.nanoTime();

  Silence(InputStream stream, Duration longest) {
    this.stream = stream;
    this.longest = longest;
    this.watcher = Thread.ofVirtual().unstarted(this::watch);
    watcher.start();
  }

  /// Something came, or is waited for from now on.
  void heard() {
    heardAt = System.nanoTime();
  }

  private void watch() {
    try {
      for (long left = longest.toNanos();
          left > 0;
          left = heardAt + longest.toNanos() - System.nanoTime()) {
        Thread.sleep(Duration.ofNanos(left));
      }
      stream.close();
    } catch (InterruptedException closed) {
      // The reader is done.
    } catch (IOException e) {
      // It was broken already; the reader has been told.
    }
  }

  @Override
  public void close() throws IOException {
    watcher.interrupt();
    stream.close();
  }
}
