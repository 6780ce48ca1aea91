package muster.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that goes on by itself and can be moved ahead. Safe for use by many threads.
public final class TestClock implements InstantSource {
  private volatile Duration ahead = Duration.ZERO;

  @Override
  public Instant instant() {
    return Instant.now().plus(ahead);
  }

  public synchronized void advance(Duration by) {
    ahead = ahead.plus(by);
  }
}
