package muster.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// A clock that goes on by itself, can be moved ahead, and can be held for tests of an exact
/// instant. Safe for use by many threads.
public final class TestClock implements InstantSource {
  private Duration ahead = Duration.ZERO;
  private Optional<Instant> held = Optional.empty();

  @Override
  public synchronized Instant instant() {
    return held.orElseGet(Instant::now).plus(ahead);
  }

  public synchronized void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  /// Stands still until [#goOn()]; only [#advance] moves it.
  public synchronized void hold() {
    held = Optional.of(Instant.now());
  }

  public synchronized void goOn() {
    held = Optional.empty();
  }
}
