package muster.simulator;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Somebody who runs commands all over the fleet, at an even rate, through the API. What the server
/// accepted it must account for. A thread of its own, and one for each request.
public final class Operator implements AutoCloseable {
  private static final int AT_ONCE = 64;
  private static final int TIMEOUT_SECONDS = 30;

  private final Api api;
  private final List<String> devices;
  private final double perSecond;
  private final SplittableRandom random;
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final AtomicLong refused = new AtomicLong();
  private final Semaphore room = new Semaphore(AT_ONCE);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread thread;
  private volatile boolean stopped;

  /// @param devices whom to give commands
  Operator(Api api, List<String> devices, double perSecond, long seed) {
    this.api = api;
    this.devices = devices;
    this.perSecond = perSecond;
    this.random = new SplittableRandom(seed);
    this.thread = Thread.ofVirtual().name("operator").start(this::operate);
  }

  /// Commands the server has accepted, and for which device.
  Map<String, String> accepted() {
    return Map.copyOf(accepted);
  }

  /// Requests without a success; nobody knows what became of those that broke off.
  long refused() {
    return refused.get();
  }

  private void operate() {
    long next = System.nanoTime();
    try {
      for (long number = 0; !stopped; number++) {
        next += (long) (1e9 / perSecond);
        TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
        room.acquire();
        String device = devices.get(random.nextInt(devices.size()));
        String word = "order-" + number;
        threads.execute(() -> submit(device, word));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void submit(String device, String word) {
    String body =
        "{\"tool\":\"bash\",\"args\":{\"argv\":[\"echo\",\"%s\"]},\"timeout_seconds\":%d}"
            .formatted(word, TIMEOUT_SECONDS);
    try {
      String id = api.post("/v1/devices/" + device + "/commands", body).string("id");
      accepted.put(id, device);
    } catch (IOException e) {
      refused.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      room.release();
    }
  }

  /// Returns when every request has been answered.
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.close();
  }
}
