package muster.rollout;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// What comes next in a deployment: a pure function of its plan, how it stands and the time.
///
/// Whoever does what it says, one decision after the other, never has more than `atOnce` devices at
/// it, begins none after a reason to stop was known, and ends.
public final class RolloutRules {
  private RolloutRules() {}

  public static Decision next(Plan plan, Standing standing, Instant now) {
    Optional<String> reason = standing.alarm().or(() -> failures(plan, standing));
    if (reason.isPresent()) {
      return new Decision.Stop(plan.autoRollback(), reason.get());
    }
    Tally batch = standing.inBatch();
    int room = Math.min(plan.atOnce() - standing.inAll().running(), batch.pending());
    if (room > 0) {
      return begin(plan, standing, room, now);
    }
    if (!batch.isThrough()) {
      return new Decision.Await(
          Optional.empty(), "%d devices are at it".formatted(batch.running()));
    }
    return plan.isWatched(standing.batch())
        ? afterWatched(plan, standing, now)
        : afterBatch(plan, standing, now);
  }

  private static Decision begin(Plan plan, Standing standing, int room, Instant now) {
    Optional<MaintenanceWindow> closed = plan.window().filter(window -> !window.isOpen(now));
    if (closed.isPresent()) {
      return new Decision.Await(
          Optional.of(closed.get().next(now)), "waits for its window, " + closed.get());
    }
    return new Decision.Begin(
        room,
        "batch %d of %d: %d wait, %d are at it, at most %d at once"
            .formatted(
                standing.batch(),
                standing.batches(),
                standing.inBatch().pending(),
                standing.inAll().running(),
                plan.atOnce()));
  }

  /// Too many failures: of all that are through, when there are enough to say so or the batch is
  /// through.
  private static Optional<String> failures(Plan plan, Standing standing) {
    Tally all = standing.inAll();
    boolean says = all.tried() >= plan.evidence() || standing.inBatch().isThrough();
    if (!says || all.failed() == 0 || all.failurePercentage() < plan.maxFailurePercentage()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%d of %d devices failed, %.1f %% (expected: below %.1f %%)",
            all.failed(),
            all.tried(),
            all.failurePercentage(),
            plan.maxFailurePercentage()));
  }

  private static Decision afterWatched(Plan plan, Standing standing, Instant now) {
    Tally watched = standing.inBatch();
    if (watched.succeeded() == 0) {
      return watched.away() > 0 && now.isBefore(patienceEnd(plan, standing))
          ? new Decision.Await(
              Optional.of(patienceEnd(plan, standing)),
              "all %d devices of the batch are away".formatted(watched.away()))
          : new Decision.AskPeople(
              "none of the first devices has the new version: nothing is proven");
    }
    Instant end = standing.lastEnd().orElse(standing.since()).plus(plan.validation());
    if (now.isBefore(end)) {
      return new Decision.Await(
          Optional.of(end), "%d devices with it are watched".formatted(watched.succeeded()));
    }
    String why = "%d devices with it are well".formatted(watched.succeeded());
    if (standing.isLast()) {
      return last(plan, standing, now);
    }
    return plan.autoPromote() ? new Decision.NextBatch(why) : new Decision.AskPeople(why);
  }

  private static Decision afterBatch(Plan plan, Standing standing, Instant now) {
    if (standing.isLast()) {
      return last(plan, standing, now);
    }
    Instant end = standing.lastEnd().orElse(standing.since()).plus(plan.pause());
    return now.isBefore(end)
        ? new Decision.Await(Optional.of(end), "a pause before the next batch")
        : new Decision.NextBatch("batch %d is through".formatted(standing.batch()));
  }

  private static Decision last(Plan plan, Standing standing, Instant now) {
    Tally all = standing.inAll();
    if (all.away() > 0 && now.isBefore(patienceEnd(plan, standing))) {
      return new Decision.Await(
          Optional.of(patienceEnd(plan, standing)), "%d devices are away".formatted(all.away()));
    }
    return new Decision.Complete(
        "%d succeeded, %d failed, %d were left out"
            .formatted(all.succeeded(), all.failed(), all.leftOut() + all.away()));
  }

  private static Instant patienceEnd(Plan plan, Standing standing) {
    return standing.began().plus(plan.patience());
  }
}
