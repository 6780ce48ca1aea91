package muster.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// One who watches a device's measures. [#run] once, on the thread of the request.
public final class MetricViewer {
  private static final long LOOK_MILLIS = 1_000;
  private static final long IDLE_NANOS = Duration.ofSeconds(15).toNanos();

  private final WatchedDevice device;
  private final Supplier<Optional<Instant>> lastSeen;
  private final ViewRight right;
  private final Runnable left;

  /// @param left called when it watches no more, perhaps twice
  MetricViewer(
      WatchedDevice device, Supplier<Optional<Instant>> lastSeen, ViewRight right, Runnable left) {
    this.device = device;
    this.lastSeen = lastSeen;
    this.right = right;
    this.left = left;
  }

  /// Tells the present sample and each new one, until the viewer has left or its right is gone.
  ///
  /// @param follows false for the present state only
  public void run(boolean follows, MetricSink sink) throws InterruptedException {
    try {
      sink.onLeave(left);
      watch(follows, sink);
    } finally {
      left.run();
    }
  }

  private void watch(boolean follows, MetricSink sink) throws InterruptedException {
    long number = 0;
    long samples = 0;
    boolean offline = false;
    long toldNanos = System.nanoTime();
    while (sink.isOpen()) {
      WatchedDevice.Moment now = device.after(number, LOOK_MILLIS);
      if (now.number() != number) {
        if (now.offline() && !offline) {
          sink.offline(lastSeen.get());
        } else if (!now.offline() && now.samples() > samples) {
          sink.sample(now.sample().orElseThrow());
        }
        toldNanos = System.nanoTime();
      } else if (System.nanoTime() - toldNanos >= IDLE_NANOS) {
        sink.idle();
        toldNanos = System.nanoTime();
      }
      number = now.number();
      samples = now.samples();
      offline = now.offline();
      Optional<String> why = now.ended().or(right::lost);
      why.ifPresent(sink::ended);
      if (why.isPresent() || !follows) {
        return;
      }
    }
  }
}
