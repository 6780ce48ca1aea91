package muster.simulator;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// What the fleet has done so far, for the status line and the bench. Shared.
public final class Totals {
  final LongAdder connected = new LongAdder();
  final LongAdder connects = new LongAdder();
  final LongAdder heartbeats = new LongAdder();
  private final LongAdder started = new LongAdder();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder refusedConnects = new LongAdder();
  final LongAdder turnedAway = new LongAdder();

  /// Devices whose hello has been answered and whose connection is open.
  public long connected() {
    return connected.sum();
  }

  /// Connections that got as far as an answered hello.
  public long connects() {
    return connects.sum();
  }

  public long heartbeats() {
    return heartbeats.sum();
  }

  /// A device has started a command.
  void began() {
    started.increment();
    mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
  }

  /// A command that was started has ended on its device, of which the server knows nothing yet.
  void over() {
    running.decrementAndGet();
  }

  /// How many commands ran in the whole fleet when there were most.
  public int mostRunning() {
    return mostRunning.get();
  }

  /// Commands started.
  public long started() {
    return started.sum();
  }

  /// Results the server has acknowledged.
  public long acknowledged() {
    return acknowledged.sum();
  }

  /// Attempts to connect that failed.
  public long refusedConnects() {
    return refusedConnects.sum();
  }

  /// How often the server refused a credential.
  public long turnedAway() {
    return turnedAway.sum();
  }
}
