package muster.command;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.tx.Transactions;
import muster.work.Watch;

/// The one place where a command changes: applies [CommandRules] to what the device, the clock and
/// the requester do, stores the result and wakes who waits for it. Takes no caller: whoever calls
/// has decided on the right, or is the device itself.
public final class Executions {
  private final Transactions transactions;
  private final CommandStore store;
  private final Events events;
  private final InstantSource clock;
  private final Watch<CommandId> watch = new Watch<>();
  private volatile CommandMeter meter = CommandMeter.NONE;

  public Executions(
      Transactions transactions, CommandStore store, Events events, InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.events = events;
    this.clock = clock;
  }

  public void meterWith(CommandMeter given) {
    meter = given;
  }

  public Watch<CommandId> watch() {
    return watch;
  }

  /// Applies an event; empty when it changed nothing.
  public Optional<Command> apply(CommandId id, CommandEvent event) {
    return transactions.write(() ->
        store
            .find(id)
            .flatMap(command -> CommandRules.next(command, event, clock.instant()))
            .map(next -> stored(next, event)));
  }

  /// As [#apply], for what a device says: about a command of another device it says nothing.
  public Optional<Command> applyFrom(DeviceId device, CommandId id, CommandEvent event) {
    return transactions.write(() ->
        store
            .find(id)
            .filter(command -> command.device().equals(device))
            .flatMap(command -> CommandRules.next(command, event, clock.instant()))
            .map(next -> stored(next, event)));
  }

  private Command stored(Command next, CommandEvent event) {
    boolean isNewRun = next.run().firstAttempt() > next.attempt();
    Command command =
        isNewRun
            ? next.withRun(new Command.Run(next.run().firstAttempt(), store.receivedSeq(next.id())))
            : next;
    store.update(command);
    if (command.status().isFinal()) {
      events.emit(
          Event.COMMAND_FINISHED,
          Optional.of(command.device()),
          Map.of("command", command.id().value(), "status", command.status().word()));
    }
    // Nothing that waits for the commit holds the command: there may be a thousand large ones.
    CommandId id = command.id();
    CommandStatus status = command.status();
    Optional<Duration> waited = waited(command, event);
    transactions.afterCommit(() -> {
      waited.ifPresent(meter::sent);
      if (status.isFinal()) {
        meter.ended(status);
      }
      watch.wake(id);
    });
    return command;
  }

  /// From its acceptance to its first delivery, when it is that.
  private static Optional<Duration> waited(Command command, CommandEvent event) {
    return event instanceof CommandEvent.Taken && command.attempt() == 1
        ? command.sentAt().map(at -> Duration.between(command.createdAt(), at))
        : Optional.empty();
  }

  /// Adds output from a device, of a delivery with that attempt. What belongs to no command of its
  /// own that runs, or to an earlier run, is dropped.
  ///
  /// @throws Fault INVALID_ARGUMENT for a chunk out of bounds
  public void output(DeviceId device, CommandId id, long attempt, OutputChunk chunk) {
    if (chunk.data().length > OutputChunk.MAX_BYTES) {
      throw Fault.invalid("data", chunk.data().length + " bytes", "at most 16 KiB");
    }
    if (chunk.seq() < 1 || chunk.seq() > OutputChunk.MAX_SEQ) {
      throw Fault.invalid("seq", chunk.seq(), "1.." + OutputChunk.MAX_SEQ);
    }
    transactions.write(() -> {
      boolean added =
          store
              .find(id)
              .filter(command -> command.device().equals(device))
              .filter(command -> !command.status().isFinal() && command.attempt() > 0)
              .filter(command -> attempt >= command.run().firstAttempt())
              .map(command -> chunk.after(command.run().outputBefore()))
              .filter(whole -> whole.seq() <= OutputChunk.MAX_SEQ)
              .map(whole -> store.appendOutput(id, whole))
              .orElse(false);
      if (added) {
        transactions.afterCommit(() -> watch.wake(id));
      }
      return added;
    });
  }

  /// The link of a device is gone: what it had not confirmed waits again.
  public void linkLost(DeviceId device) {
    for (Command command : store.delivered(device)) {
      if (command.status() == CommandStatus.SENT) {
        apply(command.id(), new CommandEvent.Unconfirmed());
      }
    }
  }

  /// A command of that device.
  public Optional<Command> of(DeviceId device, CommandId id) {
    return store.find(id).filter(command -> command.device().equals(device));
  }

  /// Commands of a device that were sent to it and have not ended.
  public List<Command> delivered(DeviceId device) {
    return store.delivered(device);
  }

  /// Up to which chunk the output of a command's present run has arrived.
  public long receivedSeq(Command command) {
    return store.receivedSeq(command.id()) - command.run().outputBefore();
  }
}
