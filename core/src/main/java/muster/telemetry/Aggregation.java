package muster.telemetry;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// What several numbers come to (F100).
public enum Aggregation {
  AVG,
  SUM,
  MIN,
  MAX,
  COUNT,
  P50,
  P95,
  P99;

  /// In any case; empty for what is none.
  public static Optional<Aggregation> ofName(String name) {
    String wanted = name.toUpperCase(Locale.ROOT);
    return Arrays.stream(values()).filter(one -> one.name().equals(wanted)).findFirst();
  }

  /// Which percentile; empty when it is none.
  OptionalInt percent() {
    return switch (this) {
      case P50 -> OptionalInt.of(50);
      case P95 -> OptionalInt.of(95);
      case P99 -> OptionalInt.of(99);
      case AVG, SUM, MIN, MAX, COUNT -> OptionalInt.empty();
    };
  }
}
