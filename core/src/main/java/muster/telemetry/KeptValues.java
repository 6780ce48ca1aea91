package muster.telemetry;

import muster.fault.Fault;

/// Bounds the memory of one answer: a percentile needs all samples of its interval at once.
final class KeptValues {
  static final int MOST = 4_000_000;

  private int count;

  /// One more is kept.
  ///
  /// @throws Fault INVALID_ARGUMENT for more than [#MOST]
  void add() {
    if (count == MOST) {
      throw Fault.invalid(
          "aggregation",
          "a percentile of more than %,d samples at a time".formatted(MOST),
          "a shorter interval or fewer devices, or AVG, MIN, MAX, SUM or COUNT");
    }
    count++;
  }

  /// So many are kept no more.
  void release(int some) {
    count -= some;
  }
}
