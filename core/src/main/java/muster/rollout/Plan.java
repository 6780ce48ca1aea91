package muster.rollout;

import java.time.Duration;
import java.util.Optional;
import muster.fault.Fault;

/// How a deployment goes about it; frozen when it begins.
///
/// @param atOnce how many devices are at it at any instant, 1..[#MOST_AT_ONCE]
/// @param maxFailurePercentage the share of failures, of all devices that are through, that stops
///   it, above 0 and up to 100
/// @param canary of [Strategy#CANARY]: the share of devices that is first, above 0 and up to 100;
///   at least one device
/// @param batch of [Strategy#ROLLING]: how many devices a batch has; 0 = one batch
/// @param validation of [Strategy#CANARY] and [Strategy#BLUE_GREEN]: how long the first, or all,
///   are watched when the last of them is through
/// @param pause between two batches
/// @param autoPromote whether the others follow the first without anybody's word
/// @param autoRollback whether devices go back when it stops by itself
/// @param window when devices may begin; absent = at any time
/// @param patience how long, from its beginning, devices are waited for that are away
public record Plan(
    Strategy strategy,
    int atOnce,
    double maxFailurePercentage,
    double canary,
    int batch,
    Duration validation,
    Duration pause,
    boolean autoPromote,
    boolean autoRollback,
    Optional<MaintenanceWindow> window,
    Duration patience) {
  public static final int MOST_AT_ONCE = 10_000;

  /// A share of failures that is never reached.
  private static final double NEVER = 101;

  private static final Duration LONGEST = Duration.ofDays(30);

  public Plan {
    if (atOnce < 1 || atOnce > MOST_AT_ONCE) {
      throw Fault.invalid("max_parallel", atOnce, "1.." + MOST_AT_ONCE);
    }
    if (maxFailurePercentage != NEVER) {
      requirePercentage("max_failure_percentage", maxFailurePercentage);
    }
    requirePercentage("canary_percentage", canary);
    if (batch < 0) {
      throw Fault.invalid("batch_size", batch, "0 or more");
    }
    requireDuration("validation_duration", validation);
    requireDuration("pause_between_batches", pause);
    requireDuration("offline_wait", patience);
  }

  private static void requirePercentage(String field, double value) {
    if (!(value > 0 && value <= 100)) {
      throw Fault.invalid(field, value, "above 0 and up to 100");
    }
  }

  private static void requireDuration(String field, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw Fault.invalid(field, value, "0 s to 30 days");
    }
  }

  /// How devices go back: all of them, as many at once as they came, whatever fails on the way.
  public Plan back() {
    return new Plan(
        Strategy.IMMEDIATE,
        atOnce,
        NEVER,
        canary,
        0,
        Duration.ZERO,
        Duration.ZERO,
        true,
        false,
        Optional.empty(),
        patience);
  }

  /// In which batch, from 1, the device stands that is number `index` (from 0) of `total`.
  public int batchOf(int index, int total) {
    return switch (strategy) {
      case IMMEDIATE, BLUE_GREEN -> 1;
      case ROLLING -> batch == 0 ? 1 : 1 + index / batch;
      case CANARY -> index < canaries(total) ? 1 : 2;
    };
  }

  private int canaries(int total) {
    return (int) Math.min(total, Math.max(1, Math.ceil(total * canary / 100)));
  }

  /// How many batches there are for so many devices.
  public int batches(int total) {
    return total == 0 ? 0 : batchOf(total - 1, total);
  }

  /// Whether what comes behind that batch depends on how its devices fare.
  boolean isWatched(int number) {
    return strategy == Strategy.BLUE_GREEN || (strategy == Strategy.CANARY && number == 1);
  }

  /// How many must be through before a share of failures says anything.
  int evidence() {
    return Math.max(5, atOnce);
  }
}
