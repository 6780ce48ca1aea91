package muster.simulator;

import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Asks the server every second whom it calls offline, while the simulation runs, and notes each
/// device of which that is not true. A thread of its own.
public final class Sentry implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1_000;

  private final Api api;
  private final Map<String, Truth> truths;
  private final Set<String> wronged = Collections.synchronizedSet(new TreeSet<>());
  private final AtomicLong looks = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();
  private final Thread thread;
  private volatile boolean stopped;

  Sentry(Api api, Map<String, Truth> truths) {
    this.api = api;
    this.truths = truths;
    this.thread = Thread.ofVirtual().name("sentry").start(this::watch);
  }

  /// Devices that were called offline while they were not, each once.
  public Set<String> wronged() {
    synchronized (wronged) {
      return Set.copyOf(wronged);
    }
  }

  /// How often the server was asked and answered.
  public long looks() {
    return looks.get();
  }

  /// How often it did not answer.
  public long missed() {
    return missed.get();
  }

  private void watch() {
    while (!stopped) {
      try {
        look();
        looks.incrementAndGet();
      } catch (IOException e) {
        missed.incrementAndGet();
      } catch (InterruptedException e) {
        return;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void look() throws IOException, InterruptedException {
    long asked = System.currentTimeMillis();
    Set<String> offline = new TreeSet<>();
    api.devices("&status=offline", device -> offline.add(device.string("id")));
    long answered = System.currentTimeMillis();
    for (String id : offline) {
      Truth truth = truths.get(id);
      if (truth != null && truth.presence(asked, answered) == Truth.Expectation.ONLINE) {
        wronged.add(id);
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
  }
}
