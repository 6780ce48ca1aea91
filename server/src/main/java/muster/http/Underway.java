package muster.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;

/// How many requests are being answered, sockets and streams among them. Armeria counts as well,
/// for its own graceful stop, but loses count where a connection is upgraded from HTTP/1.1 to
/// HTTP/2: it then cuts requests off, or waits for none.
final class Underway {
  private int count;

  void begin(ServiceRequestContext context) {
    add(1);
    context.log().whenComplete().thenRun(() -> add(-1));
  }

  private synchronized void add(int change) {
    count += change;
    notifyAll();
  }

  /// Waits until there is none, but not longer than that. Whether there is none.
  synchronized boolean awaitNone(Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    for (long left = longest.toMillis();
        count > 0 && left > 0;
        left = (end - System.nanoTime()) / 1_000_000) {
      wait(left);
    }
    return count == 0;
  }
}
