package muster.deploy;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// How long one thing may go on. For any thread.
///
/// @param most from the moment that it was made
/// @param end the same as [System#nanoTime()] says it
/// @param isStopping whether it is to end at once
public record Limit(Duration most, long end, BooleanSupplier isStopping) {
  /// So long from now on, or until it is to stop.
  public static Limit of(Duration most, BooleanSupplier isStopping) {
    return new Limit(most, System.nanoTime() + most.toNanos(), isStopping);
  }

  public boolean isOver() {
    return isStopping.getAsBoolean() || System.nanoTime() - end >= 0;
  }

  /// Why it is over, for people.
  public String reason() {
    return isStopping.getAsBoolean()
        ? "the server is stopping"
        : "no answer within %d s".formatted(Math.max(0, most.toSeconds()));
  }
}
