package muster.telemetry;

import muster.fault.Fault;

/// Bounds the memory of one answer: a percentile needs all of its samples at once.
final class KeptValues {
  static final int MOST = 10_000_000;

  private int count;

  /// One more is kept.
  ///
  /// @throws Fault INVALID_ARGUMENT for more than [#MOST]
  void add() {
    if (count == MOST) {
      throw Fault.invalid(
          "aggregation",
          "a percentile of more than %,d samples".formatted(MOST),
          "a shorter time or fewer devices, or AVG, MIN, MAX, SUM or COUNT");
    }
    count++;
  }
}
