package muster.simulator;

import java.util.concurrent.atomic.LongAdder;

/// What the fleet has done so far, for the status line and the bench. Shared.
public final class Totals {
  final LongAdder connected = new LongAdder();
  final LongAdder connects = new LongAdder();
  final LongAdder heartbeats = new LongAdder();
  final LongAdder started = new LongAdder();
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
