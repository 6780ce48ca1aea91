package muster.command;

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

/// The one place where a command changes: applies [CommandRules] to what the device, the clock and
/// the requester do, stores the result and wakes who waits for it. Takes no caller: whoever calls
/// has decided on the right, or is the device itself.
public final class Executions {
  private final Transactions transactions;
  private final CommandStore store;
  private final Events events;
  private final InstantSource clock;
  private final CommandWatch watch = new CommandWatch();

  public Executions(
      Transactions transactions, CommandStore store, Events events, InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.events = events;
    this.clock = clock;
  }

  public CommandWatch watch() {
    return watch;
  }

  /// Applies an event; empty when it changed nothing.
  public Optional<Command> apply(CommandId id, CommandEvent event) {
    return transactions.write(() ->
        store
            .find(id)
            .flatMap(command -> CommandRules.next(command, event, clock.instant()))
            .map(this::stored));
  }

  /// As [#apply], for what a device says: about a command of another device it says nothing.
  public Optional<Command> applyFrom(DeviceId device, CommandId id, CommandEvent event) {
    return transactions.write(() ->
        store
            .find(id)
            .filter(command -> command.device().equals(device))
            .flatMap(command -> CommandRules.next(command, event, clock.instant()))
            .map(this::stored));
  }

  private Command stored(Command command) {
    store.update(command);
    if (command.status().isFinal()) {
      events.emit(
          Event.COMMAND_FINISHED,
          Optional.of(command.device()),
          Map.of("command", command.id().value(), "status", command.status().word()));
    }
    transactions.afterCommit(() -> watch.wake(command.id()));
    return command;
  }

  /// Adds output from a device. What belongs to no command of its own that runs is dropped.
  ///
  /// @throws Fault INVALID_ARGUMENT for a chunk out of bounds
  public void output(DeviceId device, CommandId id, OutputChunk chunk) {
    if (chunk.data().length > OutputChunk.MAX_BYTES) {
      throw Fault.invalid("data", chunk.data().length + " bytes", "at most 16 KiB");
    }
    if (chunk.seq() < 1 || chunk.seq() > OutputChunk.MAX_SEQ) {
      throw Fault.invalid("seq", chunk.seq(), "1.." + OutputChunk.MAX_SEQ);
    }
    transactions.write(() -> {
      boolean wanted =
          store
              .find(id)
              .filter(command -> command.device().equals(device))
              .filter(command -> !command.status().isFinal() && command.attempt() > 0)
              .isPresent();
      boolean added = wanted && store.appendOutput(id, chunk);
      if (added) {
        transactions.afterCommit(() -> watch.wake(id));
      }
      return added;
    });
  }

  /// The link of a device is gone: what it had not confirmed waits again.
  public void linkLost(DeviceId device) {
    for (Command command : store.unfinished(device)) {
      if (command.status() == CommandStatus.SENT) {
        apply(command.id(), new CommandEvent.Unconfirmed());
      }
    }
  }

  /// Commands of a device that have not ended.
  public List<Command> unfinished(DeviceId device) {
    return store.unfinished(device);
  }

  /// Up to which chunk the output of a command has arrived.
  public long receivedSeq(CommandId id) {
    return store.receivedSeq(id);
  }
}
