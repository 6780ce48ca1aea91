package muster.command;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.command.CommandEvent.CancelRequested;
import muster.command.CommandEvent.Clock;
import muster.command.CommandEvent.Ended;
import muster.command.CommandEvent.Interrupted;
import muster.command.CommandEvent.Refused;
import muster.command.CommandEvent.Started;
import muster.command.CommandEvent.Taken;
import muster.command.CommandEvent.Unconfirmed;
import muster.command.CommandEvent.Unknown;
import muster.command.CommandEvent.Withdrawn;

/// What becomes of a command: `(command, event, now) → command`. No answer means that the event is
/// stale or repeated and changes nothing; a final state answers nothing.
public final class CommandRules {
  /// How long the device has to confirm a delivery before it is delivered again.
  public static final Duration LEASE = Duration.ofSeconds(30);

  /// How long past its deadline a running command is waited for.
  public static final Duration GRACE = Duration.ofSeconds(60);

  /// A command that the device is interrupted in again and again may be the reason for it.
  private static final int MOST_RERUN_ATTEMPTS = 5;

  private CommandRules() {}

  public static Optional<Command> next(Command command, CommandEvent event, Instant now) {
    return switch (command.status()) {
      case QUEUED -> whenQueued(command, event, now);
      case SENT -> whenSent(command, event, now);
      case RUNNING -> whenRunning(command, event, now);
      case COMPLETED, FAILED, TIMED_OUT, CANCELLED, EXPIRED, LOST -> Optional.empty();
    };
  }

  private static Optional<Command> whenQueued(Command command, CommandEvent event, Instant now) {
    boolean notStarted = !command.isInDoubt();
    return switch (event) {
      case Taken taken ->
          command.cancelRequested() || !now.isBefore(command.expiresAt())
              ? Optional.empty()
              : Optional.of(command.sent(now, now.plus(LEASE)));
      case CancelRequested cancel ->
          notStarted
              ? Optional.of(
                  ended(command, CommandStatus.CANCELLED, "cancelled before it was sent", now))
              : requestCancel(command);
      case Withdrawn withdrawn ->
          notStarted
              ? Optional.of(ended(command, CommandStatus.CANCELLED, withdrawn.why(), now))
              : Optional.of(ended(command, CommandStatus.LOST, unconfirmed(command), now));
      case Clock clock when !now.isBefore(command.expiresAt()) ->
          Optional.of(
              notStarted
                  ? ended(command, CommandStatus.EXPIRED, notInTime(command), now)
                  : ended(command, CommandStatus.LOST, unconfirmed(command), now));
      // It was sent before, the link broke, and now the device tells what it did with it.
      case Started started when !notStarted -> Optional.of(command.running(now));
      case Ended ended when !notStarted ->
          Optional.of(command.ended(ended.status(), ended.result(), now));
      case Interrupted interrupted when !notStarted -> interrupted(command, interrupted, now);
      case Unknown unknown when !notStarted -> Optional.of(takenBack(command, now));
      case Clock clock -> Optional.empty();
      case Started started -> Optional.empty();
      case Ended ended -> Optional.empty();
      case Interrupted interrupted -> Optional.empty();
      case Unknown unknown -> Optional.empty();
      case Refused refused -> Optional.empty();
      case Unconfirmed unconfirmed -> Optional.empty();
    };
  }

  private static Optional<Command> whenSent(Command command, CommandEvent event, Instant now) {
    return switch (event) {
      case Started started -> Optional.of(command.running(now));
      case Ended ended -> Optional.of(command.ended(ended.status(), ended.result(), now));
      case Interrupted interrupted -> interrupted(command, interrupted, now);
      // Of an earlier delivery: the one under way has an answer of its own to come.
      case Refused refused when refused.attempt() != command.attempt() -> Optional.empty();
      case Refused refused ->
          Optional.of(
              refused.again()
                  ? takenBack(command, now)
                  : ended(command, CommandStatus.FAILED, refused.error(), now));
      case Unconfirmed unconfirmed -> Optional.of(command.queuedAgain());
      case Clock clock ->
          command
              .leaseUntil()
              .filter(until -> !now.isBefore(until))
              .map(u -> command.queuedAgain());
      case CancelRequested cancel -> requestCancel(command);
      case Withdrawn withdrawn ->
          Optional.of(ended(command, CommandStatus.CANCELLED, withdrawn.why(), now));
      case Unknown unknown -> Optional.of(takenBack(command, now));
      case Taken taken -> Optional.empty();
    };
  }

  private static Optional<Command> whenRunning(Command command, CommandEvent event, Instant now) {
    return switch (event) {
      case Ended ended -> Optional.of(command.ended(ended.status(), ended.result(), now));
      case Interrupted interrupted -> interrupted(command, interrupted, now);
      case CancelRequested cancel -> requestCancel(command);
      case Unknown unknown ->
          Optional.of(
              mayRunAgain(command, now)
                  ? command.takenBack()
                  : ended(
                      command, CommandStatus.LOST, "the device came back without knowing it", now));
      case Clock clock ->
          command
              .deadline()
              .filter(deadline -> !now.isBefore(deadline))
              .map(deadline ->
                  ended(
                      command, CommandStatus.LOST, "no result within 60 s after its timeout", now));
      case Withdrawn withdrawn ->
          Optional.of(ended(command, CommandStatus.CANCELLED, withdrawn.why(), now));
      case Taken taken -> Optional.empty();
      case Started started -> Optional.empty();
      case Refused refused -> Optional.empty();
      case Unconfirmed unconfirmed -> Optional.empty();
    };
  }

  private static Optional<Command> interrupted(
      Command command, Interrupted interrupted, Instant now) {
    if (interrupted.attempt() < command.run().firstAttempt()) {
      return Optional.empty();
    }
    return Optional.of(
        mayRunAgain(command, now)
            ? command.takenBack()
            : command.ended(CommandStatus.FAILED, interrupted.result(), now));
  }

  private static boolean mayRunAgain(Command command, Instant now) {
    return command.idempotent()
        && !command.cancelRequested()
        && command.attempt() < MOST_RERUN_ATTEMPTS
        && now.isBefore(command.expiresAt());
  }

  /// The device says that it has not started it.
  private static Command takenBack(Command command, Instant now) {
    return command.cancelRequested()
        ? ended(command, CommandStatus.CANCELLED, "cancelled before it was started", now)
        : command.takenBack();
  }

  private static Optional<Command> requestCancel(Command command) {
    return command.cancelRequested()
        ? Optional.empty()
        : Optional.of(command.withCancelRequested());
  }

  private static Command ended(Command command, CommandStatus status, String why, Instant now) {
    return command.ended(status, Command.Result.error(why), now);
  }

  private static String notInTime(Command command) {
    boolean again = command.idempotent() && command.run().firstAttempt() > 1;
    return "the device did not come back in time" + (again ? " for another run" : "");
  }

  private static String unconfirmed(Command command) {
    return "sent %d times and never confirmed; it may have run".formatted(command.attempt());
  }
}
