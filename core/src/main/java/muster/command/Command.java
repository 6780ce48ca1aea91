package muster.command;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.id.CommandId;
import muster.id.DeviceId;

/// One unit of work for one device.
///
/// @param args the tool's arguments: texts, numbers, booleans, lists and maps of these
/// @param requestedBy the principal, for people
/// @param requesterId the principal's lasting id, by which its right is looked up again
/// @param lane the queue it waits in
/// @param idempotent whether it may be run again when a run was interrupted
/// @param timeout how long it may run on the device, 1 s – 1 h
/// @param expiresAt when it must have been sent by
/// @param attempt how often it was sent; the fencing number of a delivery
/// @param run which of its runs counts
/// @param sentAt the last time; absent when it is certain that the device has not started it
/// @param leaseUntil while sent: when the device must have confirmed it
/// @param result how it ended, once it has
public record Command(
    CommandId id,
    DeviceId device,
    String tool,
    Map<String, Object> args,
    String requestedBy,
    String requesterId,
    Lane lane,
    boolean idempotent,
    Duration timeout,
    Instant createdAt,
    Instant expiresAt,
    Optional<String> idempotencyKey,
    CommandStatus status,
    int attempt,
    Run run,
    boolean cancelRequested,
    Optional<Instant> sentAt,
    Optional<Instant> leaseUntil,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt,
    Optional<Result> result) {

  /// The run of a command that counts; there is more than one only of those that may be run again.
  ///
  /// @param firstAttempt what the device says about earlier deliveries is of an earlier run
  /// @param outputBefore how many chunks of output earlier runs left
  public record Run(int firstAttempt, long outputBefore) {
    static final Run FIRST = new Run(1, 0);
  }

  /// How a command ended.
  ///
  /// @param exitCode of the process; absent when there was none
  /// @param error one line for people
  /// @param duration on the device; absent when unknown
  /// @param truncated whether the middle of the output was left out
  public record Result(
      Optional<Integer> exitCode,
      Optional<String> error,
      Optional<Duration> duration,
      boolean truncated) {
    static Result error(String message) {
      return new Result(Optional.empty(), Optional.of(message), Optional.empty(), false);
    }
  }

  /// When a running command counts as lost if nothing more is heard.
  Optional<Instant> deadline() {
    return startedAt.map(started -> started.plus(timeout).plus(CommandRules.GRACE));
  }

  /// Whether it has ended, and as one wishes: completed, without an exit code that says otherwise.
  public boolean hasSucceeded() {
    return status.isSuccess(result.flatMap(Result::exitCode));
  }

  /// When time has something to say about it: its lease, time to live or deadline; empty once it
  /// has ended.
  public Optional<Instant> dueAt() {
    return switch (status) {
      case QUEUED -> Optional.of(expiresAt);
      case SENT -> leaseUntil;
      case RUNNING -> deadline();
      case COMPLETED, FAILED, TIMED_OUT, CANCELLED, EXPIRED, LOST -> Optional.empty();
    };
  }

  Command sent(Instant now, Instant newLeaseUntil) {
    return with(
        CommandStatus.SENT,
        attempt + 1,
        run,
        cancelRequested,
        Optional.of(now),
        Optional.of(newLeaseUntil),
        Optional.empty());
  }

  Command queuedAgain() {
    return with(
        CommandStatus.QUEUED,
        attempt,
        run,
        cancelRequested,
        sentAt,
        Optional.empty(),
        Optional.empty());
  }

  /// The device has not started it, or has been interrupted and may run it again: it waits as if it
  /// had never been sent.
  Command takenBack() {
    return with(
        CommandStatus.QUEUED,
        attempt,
        new Run(attempt + 1, run.outputBefore()),
        cancelRequested,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// Sent, and nobody knows whether the device has got it.
  boolean isInDoubt() {
    return status == CommandStatus.QUEUED && sentAt.isPresent();
  }

  Command running(Instant now) {
    return with(
        CommandStatus.RUNNING,
        attempt,
        run,
        cancelRequested,
        sentAt,
        Optional.empty(),
        startedAt.or(() -> Optional.of(now)));
  }

  Command withCancelRequested() {
    return with(status, attempt, run, true, sentAt, leaseUntil, startedAt);
  }

  Command withRun(Run newRun) {
    return with(status, attempt, newRun, cancelRequested, sentAt, leaseUntil, startedAt);
  }

  Command ended(CommandStatus finalStatus, Result how, Instant now) {
    return new Command(
        id,
        device,
        tool,
        args,
        requestedBy,
        requesterId,
        lane,
        idempotent,
        timeout,
        createdAt,
        expiresAt,
        idempotencyKey,
        finalStatus,
        attempt,
        run,
        cancelRequested,
        sentAt,
        Optional.empty(),
        startedAt,
        Optional.of(now),
        Optional.of(how));
  }

  private Command with(
      CommandStatus newStatus,
      int newAttempt,
      Run newRun,
      boolean newCancelRequested,
      Optional<Instant> newSentAt,
      Optional<Instant> newLeaseUntil,
      Optional<Instant> newStartedAt) {
    return new Command(
        id,
        device,
        tool,
        args,
        requestedBy,
        requesterId,
        lane,
        idempotent,
        timeout,
        createdAt,
        expiresAt,
        idempotencyKey,
        newStatus,
        newAttempt,
        newRun,
        newCancelRequested,
        newSentAt,
        newLeaseUntil,
        newStartedAt,
        finishedAt,
        result);
  }
}
