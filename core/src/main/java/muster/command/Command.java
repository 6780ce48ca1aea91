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
/// @param timeout how long it may run on the device, 1 s – 1 h
/// @param expiresAt when it must have been sent by
/// @param attempt how often it was sent; the fencing number of a delivery
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
    Duration timeout,
    Instant createdAt,
    Instant expiresAt,
    Optional<String> idempotencyKey,
    CommandStatus status,
    int attempt,
    boolean cancelRequested,
    Optional<Instant> sentAt,
    Optional<Instant> leaseUntil,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt,
    Optional<Result> result) {

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
        cancelRequested,
        Optional.of(now),
        Optional.of(newLeaseUntil),
        Optional.empty());
  }

  Command queuedAgain() {
    return with(
        CommandStatus.QUEUED, attempt, cancelRequested, sentAt, Optional.empty(), Optional.empty());
  }

  /// The device has not started it, so it waits as if it had never been sent.
  Command takenBack() {
    return with(
        CommandStatus.QUEUED,
        attempt,
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
        cancelRequested,
        sentAt,
        Optional.empty(),
        startedAt.or(() -> Optional.of(now)));
  }

  Command withCancelRequested() {
    return with(status, attempt, true, sentAt, leaseUntil, startedAt);
  }

  Command ended(CommandStatus finalStatus, Result how, Instant now) {
    return new Command(
        id,
        device,
        tool,
        args,
        requestedBy,
        requesterId,
        timeout,
        createdAt,
        expiresAt,
        idempotencyKey,
        finalStatus,
        attempt,
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
        timeout,
        createdAt,
        expiresAt,
        idempotencyKey,
        newStatus,
        newAttempt,
        newCancelRequested,
        newSentAt,
        newLeaseUntil,
        newStartedAt,
        finishedAt,
        result);
  }
}
