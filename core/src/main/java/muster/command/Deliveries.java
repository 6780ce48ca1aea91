package muster.command;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.link.Link;
import muster.link.Links;
import muster.link.Session;
import muster.tool.Tools;
import muster.tx.Transactions;

/// Hands commands out to the devices that are connected, in the order of their lanes, and moves on
/// those for which time has passed.
public final class Deliveries {
  /// How many commands a device is given at once; the agent's own bound.
  private static final int MAX_IN_FLIGHT = 16;

  /// How many of them may be bulk: there is always room for what somebody waits for.
  private static final int MAX_BULK_IN_FLIGHT = MAX_IN_FLIGHT / 2;

  private static final int SWEEP_BATCH = 500;

  private final Transactions transactions;
  private final CommandStore store;
  private final Devices devices;
  private final Links links;
  private final Credentials credentials;
  private final Executions executions;
  private final InstantSource clock;

  /// Devices whose last hand-out failed.
  private final Set<DeviceId> tryAgain = ConcurrentHashMap.newKeySet();

  public Deliveries(
      Transactions transactions,
      CommandStore store,
      Devices devices,
      Links links,
      Credentials credentials,
      Executions executions,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.links = links;
    this.credentials = credentials;
    this.executions = executions;
    this.clock = clock;
  }

  /// Gives the device what waits for it, in order, if it is connected; from inside a transaction,
  /// once that is durable. Returns at once.
  public void deliver(DeviceId device) {
    transactions.afterCommit(() -> handOut(device));
  }

  private void handOut(DeviceId device) {
    links
        .find(device)
        .filter(session -> session.isReady() && session.link() instanceof CommandLink)
        .ifPresent(session -> session.runSerially(() -> drain(session)));
  }

  private void drain(Session session) {
    if (!(session.link() instanceof CommandLink link) || !session.isOpen()) {
      return;
    }
    try {
      boolean roomIsLeft = isAnyQueued(session.device());
      while (roomIsLeft) {
        List<Command> moved =
            transactions.write(
                () -> take(session, command -> link.keepsAccount() || !command.isInDoubt()));
        moved.stream()
            .filter(command -> command.status() == CommandStatus.SENT)
            .forEach(command -> give(link, command));
        // Those that ended instead of being sent have left their room to others.
        roomIsLeft = moved.stream().anyMatch(command -> command.status() != CommandStatus.SENT);
      }
      askAgain(session);
    } catch (RuntimeException e) {
      tryAgain.add(session.device());
      // A store that can't write now says so itself, and the next tick tries again.
      if (!(e instanceof Fault fault) || fault.code() != FaultCode.UNAVAILABLE) {
        throw e;
      }
    }
  }

  /// Moves what waits for a device that fetches its work, inside a write transaction: these are to
  /// be given to it once that is durable.
  ///
  /// @param tells whether the device says what it has got; to one that does not, nothing is given
  ///   twice
  public List<Command> fetch(Session session, boolean tells) {
    List<Command> given = new ArrayList<>();
    List<Command> moved;
    do {
      moved = take(session, command -> tells || !command.isInDoubt());
      moved.stream().filter(c -> c.status() == CommandStatus.SENT).forEach(given::add);
    } while (moved.stream().anyMatch(command -> command.status() != CommandStatus.SENT));
    return given;
  }

  private boolean isAnyQueued(DeviceId device) {
    return Stream.of(Lane.values()).anyMatch(lane -> !store.queued(device, lane, 1).isEmpty());
  }

  /// A command is to be cancelled, and the device has not said whether it has started it: it tells
  /// when it connects, so it has to.
  private void askAgain(Session session) {
    boolean inDoubt =
        store.delivered(session.device()).stream()
            .anyMatch(command -> command.isInDoubt() && command.cancelRequested());
    if (inDoubt && session.isOpen()) {
      session.link().close(Link.CloseReason.SILENT, "a delivery was not confirmed in time");
    }
  }

  /// What can't be put on the wire must not hold up what comes after it.
  private void give(CommandLink link, Command command) {
    try {
      link.execute(command);
    } catch (IllegalArgumentException e) {
      executions.apply(
          command.id(),
          new CommandEvent.Refused(command.attempt(), "can't be sent: " + e.getMessage(), false));
    }
  }

  /// Moves what waits for the device, as far as there is room; empty when there is nothing to be
  /// done any more.
  private List<Command> take(Session session, Predicate<Command> mayGo) {
    List<Command> moved = new ArrayList<>();
    if (!session.isOpen() || !links.isNewest(session)) {
      return moved;
    }
    for (Command command : next(session.device())) {
      boolean askedFor = command.isInDoubt() && command.cancelRequested() && isTimely(command);
      if (askedFor || !mayGo.test(command)) {
        continue;
      }
      executions.apply(command.id(), deliveryOf(command)).ifPresent(moved::add);
    }
    return moved;
  }

  /// Whose turn it is, as many as there is room for.
  private List<Command> next(DeviceId device) {
    List<Command> inFlight =
        store.delivered(device).stream().filter(c -> c.status() != CommandStatus.QUEUED).toList();
    int bulk = (int) inFlight.stream().filter(c -> c.lane() == Lane.BULK).count();
    int room = MAX_IN_FLIGHT - inFlight.size();
    if (room <= 0) {
      return List.of();
    }
    List<Command> next = new ArrayList<>(store.queued(device, Lane.CONTROL, room));
    int bulkRoom = Math.min(room - next.size(), MAX_BULK_IN_FLIGHT - bulk);
    if (bulkRoom > 0) {
      next.addAll(store.queued(device, Lane.BULK, bulkRoom));
    }
    return next;
  }

  private boolean isTimely(Command command) {
    return clock.instant().isBefore(command.expiresAt());
  }

  /// What a command's turn has come to mean: a delivery, unless its time has passed or its
  /// requester may not do this any more.
  private CommandEvent deliveryOf(Command command) {
    Instant now = clock.instant();
    if (!isTimely(command)) {
      return new CommandEvent.Clock();
    }
    Optional<Device> device = devices.lookUp(Caller.SERVER, command.device());
    boolean mayStill =
        device.isPresent()
            && device.get().approval() == Approval.APPROVED
            && credentials
                .current(command.requesterId())
                .map(caller ->
                    Access.allows(
                        caller,
                        Tools.permission(command.tool()),
                        DeviceFields.subject(device.get(), now),
                        now))
                .orElse(false);
    return mayStill
        ? new CommandEvent.Taken()
        : new CommandEvent.Withdrawn("the requester's right was withdrawn before delivery");
  }

  /// Asks the device, if it is connected, to stop a command.
  void cancel(Command command) {
    links
        .find(command.device())
        .map(Session::link)
        .filter(CommandLink.class::isInstance)
        .map(CommandLink.class::cast)
        .ifPresent(link -> link.cancel(command.id()));
    deliver(command.device());
  }

  /// Moves on every command for which time has passed. Called by the server once a second.
  public void tick() {
    for (DeviceId device : List.copyOf(tryAgain)) {
      tryAgain.remove(device);
      deliver(device);
    }
    List<CommandId> due;
    List<DeviceId> moved;
    do {
      due = store.due(clock.instant(), SWEEP_BATCH);
      moved = moveOn(due);
      // Whether a command waits again or has ended: there is room for another.
      moved.stream().distinct().forEach(this::deliver);
    } while (due.size() == SWEEP_BATCH && !moved.isEmpty());
  }

  private List<DeviceId> moveOn(List<CommandId> due) {
    return due.isEmpty()
        ? List.of()
        : transactions.write(() ->
            due.stream()
                .flatMap(id -> executions.apply(id, new CommandEvent.Clock()).stream())
                .map(Command::device)
                .toList());
  }
}
