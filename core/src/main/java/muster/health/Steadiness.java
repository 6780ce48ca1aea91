package muster.health;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.device.Verdict;
import muster.device.Verdict.Check;
import muster.link.Connection;

/// Whether a device keeps its connection: by how often it connected within an hour.
final class Steadiness {
  static final String NAME = "connection";

  /// How many of a device's latest connections are looked at.
  static final int LOOKED_AT = 20;

  private static final Duration WITHIN = Duration.ofHours(1);
  private static final int WARNING = 4;
  private static final int CRITICAL = LOOKED_AT;

  private Steadiness() {}

  /// @param latest the device's connections, newest first, at most [#LOOKED_AT]
  static Check check(List<Connection> latest, Instant now) {
    long begun = latest.stream().filter(one -> one.beganAt().isAfter(now.minus(WITHIN))).count();
    Verdict.Status status =
        begun >= CRITICAL
            ? Verdict.Status.CRITICAL
            : begun >= WARNING ? Verdict.Status.WARNING : Verdict.Status.HEALTHY;
    int threshold = status == Verdict.Status.CRITICAL ? CRITICAL : WARNING;
    return new Check(
        NAME,
        status,
        "connected %d times within an hour (expected: under %d)".formatted(begun, threshold),
        Optional.of((double) begun),
        Optional.of((double) threshold),
        Optional.of(now));
  }
}
