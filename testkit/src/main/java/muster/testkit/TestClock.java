package muster.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A clock that goes on by itself, can be moved ahead, and can be held for tests of an exact
/// instant. What it is moved ahead by has passed; what it is set by ([#jump]) has not. Safe for use
/// by many threads.
public final class TestClock implements InstantSource {
  private Duration ahead = Duration.ZERO;
  private Duration jumped = Duration.ZERO;
  private Optional<Instant> held = Optional.empty();

  @Override
  public synchronized Instant instant() {
    return passed().plus(jumped);
  }

  private Instant passed() {
    return held.orElseGet(Instant::now).plus(ahead);
  }

  /// As [System#nanoTime()] would go on: with the clock, but for its jumps.
  public synchronized long nanos() {
    Instant passed = passed();
    return TimeUnit.SECONDS.toNanos(passed.getEpochSecond()) + passed.getNano();
  }

  public synchronized void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  /// Somebody sets the wall clock: forward or, with a negative duration, back.
  public synchronized void jump(Duration by) {
    jumped = jumped.plus(by);
  }

  /// Stands still until [#goOn()]; only [#advance] moves it.
  public synchronized void hold() {
    held = Optional.of(Instant.now());
  }

  public synchronized void goOn() {
    held = Optional.empty();
  }
}
