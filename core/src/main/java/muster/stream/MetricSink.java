package muster.stream;

import java.time.Instant;
import java.util.Optional;
import muster.device.Health;

/// Hears of a device's measures, on one thread.
public interface MetricSink extends Audience {
  void sample(Health health);

  /// The device has gone, or was not there; told once, until it is back.
  void offline(Optional<Instant> lastSeen);

  /// Nothing has happened for 15 s.
  void idle();

  /// The last: why nothing more comes.
  void ended(String why);
}
