package muster.socket;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// Devices that connect and introduce themselves are dealt with a few at a time, in the order they
/// came: when a fleet comes back all at once, what people ask finds the processors and the store's
/// readers free in between, instead of waiting behind thousands. Shared.
final class Arrivals {
  /// Enough for the store to commit many greetings at once.
  private static final int AT_ONCE = 32;

  /// Below an agent's patience to connect.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(8);

  private final Semaphore places = new Semaphore(AT_ONCE, true);

  /// One device is being dealt with until this is closed.
  interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /// @throws Fault UNAVAILABLE when it would take longer than 8 s
  Place connecting() {
    try {
      if (places.tryAcquire(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return places::release;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new Fault(
        FaultCode.UNAVAILABLE,
        "busy: too many devices connect at once",
        Map.of(Fault.REASON, "busy", Fault.RETRY_AFTER_SECONDS, "1"));
  }

  /// Whoever was let in is waited for.
  Place greeting() {
    places.acquireUninterruptibly();
    return places::release;
  }
}
