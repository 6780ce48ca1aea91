package muster.rollout;

import java.time.Duration;
import java.util.Optional;
import muster.fault.Fault;

/// How a deployment is to go about it, as far as somebody said so. What nobody said has its usual
/// value ([#plan]).
///
/// @param batch how many devices a batch has
/// @param batchPercentage the same as a share of all, above 0 and up to 100
public record Pacing(
    Optional<Strategy> strategy,
    Optional<Integer> atOnce,
    Optional<Double> maxFailurePercentage,
    Optional<Double> canary,
    Optional<Integer> batch,
    Optional<Double> batchPercentage,
    Optional<Duration> validation,
    Optional<Duration> pause,
    Optional<Boolean> autoPromote,
    Optional<Boolean> autoRollback,
    Optional<MaintenanceWindow> window,
    Optional<Duration> patience) {
  public static final Pacing UNSAID =
      new Pacing(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static final int AT_ONCE = 50;
  private static final double MAX_FAILURE_PERCENTAGE = 10;
  private static final double CANARY = 10;
  private static final Duration VALIDATION = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofDays(7);

  public Pacing {
    if (batchPercentage.filter(share -> !(share > 0 && share <= 100)).isPresent()) {
      throw Fault.invalid("batch_percentage", batchPercentage.get(), "above 0 and up to 100");
    }
    if (batch.isPresent() && batchPercentage.isPresent()) {
      throw Fault.invalid("batch_percentage", batchPercentage.get(), "not with batch_size");
    }
  }

  /// This, and where it says nothing, what `other` says.
  public Pacing or(Pacing other) {
    boolean saysBatch = batch.isPresent() || batchPercentage.isPresent();
    return new Pacing(
        strategy.or(() -> other.strategy),
        atOnce.or(() -> other.atOnce),
        maxFailurePercentage.or(() -> other.maxFailurePercentage),
        canary.or(() -> other.canary),
        saysBatch ? batch : other.batch,
        saysBatch ? batchPercentage : other.batchPercentage,
        validation.or(() -> other.validation),
        pause.or(() -> other.pause),
        autoPromote.or(() -> other.autoPromote),
        autoRollback.or(() -> other.autoRollback),
        window.or(() -> other.window),
        patience.or(() -> other.patience));
  }

  /// For so many devices, with the usual values for what nobody said: a few at a time, 50 at once,
  /// until a tenth has failed; a tenth of them first, watched for ten minutes, until somebody says
  /// that it goes on; back when it stops; devices that are away are waited for seven days.
  public Plan plan(int devices) {
    return new Plan(
        strategy.orElse(Strategy.ROLLING),
        atOnce.orElse(AT_ONCE),
        maxFailurePercentage.orElse(MAX_FAILURE_PERCENTAGE),
        canary.orElse(CANARY),
        batch.or(() -> share(devices)).orElse(0),
        validation.orElse(VALIDATION),
        pause.orElse(Duration.ZERO),
        autoPromote.orElse(false),
        autoRollback.orElse(true),
        window,
        patience.orElse(PATIENCE));
  }

  private Optional<Integer> share(int devices) {
    return batchPercentage.map(share -> (int) Math.max(1, Math.ceil(devices * share / 100)));
  }
}
