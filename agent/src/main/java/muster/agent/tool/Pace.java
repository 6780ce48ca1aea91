package muster.agent.tool;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// How often the agent tells its health where somebody has set that, until it is started again.
/// Thread-safe.
public final class Pace {
  private final AtomicReference<Optional<Duration>> set = new AtomicReference<>(Optional.empty());

  public void set(Duration interval) {
    set.set(Optional.of(interval));
  }

  /// Empty when it is the server's to say.
  public Optional<Duration> get() {
    return set.get();
  }
}
