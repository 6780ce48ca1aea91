package muster.command;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.tool.Tools;
import muster.tx.Transactions;
import muster.work.Watch;

/// Commands for people and programs: submit, look up, cancel, follow. They reach their devices
/// through [Deliveries]; what a device says of them comes in through [Executions].
public final class Commands {
  /// How many may wait for a device.
  private static final int MAX_QUEUED = 1_000;

  private static final int MAX_AUDITED_ARGS = 1024;
  private static final Pattern PLAIN_WORD = Pattern.compile("[\\w@%+=:,./-]+");
  private static final int SWEEP_BATCH = 500;
  private static final int CHUNKS_AT_ONCE = 64;
  private static final int TAIL = 4;
  private static final long KEEP_ALIVE_MILLIS = 15_000;

  private final Transactions transactions;
  private final CommandStore store;
  private final Devices devices;
  private final Credentials credentials;
  private final Executions executions;
  private final Deliveries deliveries;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  public Commands(
      Transactions transactions,
      CommandStore store,
      Devices devices,
      Credentials credentials,
      Executions executions,
      Deliveries deliveries,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.credentials = credentials;
    this.executions = executions;
    this.deliveries = deliveries;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
    events.react(event -> {
      event.endOfWork().ifPresent(why -> withdrawAll(event.device().orElseThrow(), why));
      if (event.endsHistory()) {
        store.deleteOf(event.device().orElseThrow());
      }
    });
  }

  /// Accepts a command: when this returns it is durable, and it is on its way if the device is
  /// online. The same idempotency key by the same requester answers the command made first.
  public Command submit(Caller caller, DeviceId id, CommandRequest request) {
    Tools.requireMayUse(caller, request.tool());
    Command command =
        transactions.write(() -> {
          Device device = devices.get(caller, id);
          Optional<Command> earlier =
              request
                  .idempotencyKey()
                  .flatMap(key -> store.findByIdempotencyKey(caller.principalId(), key));
          if (earlier.isPresent()) {
            return sameOrFault(earlier.get(), id, request);
          }
          requireFit(device, request.tool());
          return accept(caller, device, request);
        });
    deliveries.deliver(id);
    return command;
  }

  /// The device that somebody wants to give work.
  ///
  /// @param mayWait whether the work may wait for a device that is away
  /// @throws Fault FAILED_PRECONDITION with reason `device_offline`
  public Device target(Caller caller, DeviceId id, boolean mayWait) {
    Access.require(caller, Permission.COMMAND_EXECUTE);
    Device device = devices.get(caller, id);
    Presence.State presence = Presence.of(device.state(), clock.instant()).state();
    if (!mayWait && presence == Presence.State.OFFLINE) {
      throw Fault.failedPrecondition("device %s is offline".formatted(id), "device_offline");
    }
    return device;
  }

  private static Command sameOrFault(Command earlier, DeviceId id, CommandRequest request) {
    if (!earlier.device().equals(id)
        || !earlier.tool().equals(request.tool())
        || !earlier.args().equals(request.args())) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "Idempotency-Key: used already for another command, %s".formatted(earlier.id()),
          Map.of(Fault.REASON, "idempotency_key_reused"));
    }
    return earlier;
  }

  /// Why a device can't be given work by that caller now; empty when it can. For those who ask in
  /// the middle of a transaction, which a refused [#submit] would undo.
  public Optional<Fault> refusal(Caller caller, DeviceId id, String tool) {
    try {
      Tools.requireMayUse(caller, tool);
      requireFit(devices.get(caller, id), tool);
      return Optional.empty();
    } catch (Fault refused) {
      return Optional.of(refused);
    }
  }

  private void requireFit(Device device, String tool) {
    requireAble(device, tool);
    requireRoom(device);
  }

  private static void requireAble(Device device, String tool) {
    if (device.approval() != Approval.APPROVED) {
      throw Fault.failedPrecondition(
          "device %s is %s, not approved".formatted(device.id(), device.approval().word()),
          "device_not_approved");
    }
    boolean known = device.state().lastSeen().isPresent();
    if (known && !device.facts().has(tool)) {
      throw Fault.failedPrecondition(
          "tool: \"%s\" (expected: one this device has: %s)"
              .formatted(tool, device.facts().capabilities()),
          "tool_missing");
    }
  }

  private void requireRoom(Device device) {
    if (store.queued(device.id()) >= MAX_QUEUED) {
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "%d commands wait for device %s already".formatted(MAX_QUEUED, device.id()),
          Map.of(Fault.REASON, "queue_full", Fault.RETRY_AFTER_SECONDS, "30"));
    }
  }

  private Command accept(Caller caller, Device device, CommandRequest request) {
    Instant now = clock.instant();
    Command command =
        new Command(
            CommandId.random(),
            device.id(),
            request.tool(),
            request.args(),
            caller.principal(),
            caller.principalId(),
            request.lane(),
            request.idempotent(),
            request.timeout(),
            now,
            now.plus(request.timeToLive()),
            request.idempotencyKey(),
            CommandStatus.QUEUED,
            0,
            Command.Run.FIRST,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    store.insert(command);
    audit.record(
        caller,
        "command.execute",
        device.id().value(),
        Map.of(
            "command", command.id().value(),
            "tool", command.tool(),
            "args", audited(request)));
    events.emit(
        Event.COMMAND_QUEUED, Optional.of(device.id()), Map.of("command", command.id().value()));
    return command;
  }

  /// The command line of `bash` with its words told apart as a shell would, what may be recorded of
  /// the arguments of other tools that are known, or the arguments as they are; shortened.
  private static String audited(CommandRequest request) {
    Map<String, Object> args = request.args();
    String text =
        switch (args.getOrDefault("argv", args.getOrDefault("command", args))) {
          case List<?> words ->
              words.stream().map(Commands::shellWord).collect(Collectors.joining(" "));
          case String line -> line;
          case null, default ->
              Tools.find(request.tool())
                  .map(tool -> tool.recorded(args))
                  .orElseGet(() -> String.valueOf(args));
        };
    return text.length() <= MAX_AUDITED_ARGS ? text : text.substring(0, MAX_AUDITED_ARGS) + "…";
  }

  private static String shellWord(Object word) {
    String text = String.valueOf(word);
    return PLAIN_WORD.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  /// What a device was given and is to be given, newest first: `limit` of them behind the first
  /// `offset`. Whoever may see the device may see that; arguments and output are for others.
  public List<Command> history(Caller caller, DeviceId device, int offset, int limit) {
    return store.history(devices.get(caller, device).id(), offset, limit);
  }

  /// The latest commands of a device, newest first, for who may see all of them; each is read when
  /// it is asked for, as long as the caller may look.
  public Stream<Command> latest(Caller caller, DeviceId device, int most) {
    Access.require(caller, Permission.COMMAND_VIEW);
    List<CommandId> ids = history(caller, device, 0, most).stream().map(Command::id).toList();
    return ids.stream().flatMap(id -> lookUpStill(caller, id).stream());
  }

  /// How long [#history] is.
  public long count(Caller caller, DeviceId device) {
    return store.count(devices.get(caller, device).id());
  }

  /// What waits for a device or was sent and is not confirmed, in the order of its turn; each is
  /// read when it is asked for, as long as the caller may look.
  public Stream<Command> queue(Caller caller, DeviceId device) {
    Access.require(caller, Permission.COMMAND_VIEW);
    return store.unfinished(devices.get(caller, device).id()).stream()
        .flatMap(id -> lookUpStill(caller, id).stream())
        .filter(command ->
            command.status() == CommandStatus.QUEUED || command.status() == CommandStatus.SENT);
  }

  /// How much each device has to do: commands that have not ended. Devices without any are left
  /// out.
  public Map<DeviceId, Integer> depths() {
    return store.depths();
  }

  /// Cancels all that waits for a device and was never sent; returns how many.
  public int clearQueue(Caller caller, DeviceId device) {
    Access.require(caller, Permission.COMMAND_EXECUTE);
    return transactions.write(() -> {
      List<CommandId> waiting = store.unsent(devices.get(caller, device).id());
      waiting.forEach(id -> executions.apply(id, new CommandEvent.CancelRequested()));
      audit.record(caller, "queue.clear", device.value(), Map.of("cleared", "" + waiting.size()));
      return waiting.size();
    });
  }

  /// Cancels a command of a device that waits and was never sent.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `command_sent` when it is too late for that
  public Command cancelQueued(Caller caller, DeviceId device, CommandId id) {
    return transactions.write(() -> {
      Command command = get(caller, id);
      if (!command.device().equals(device)) {
        throw Fault.notFound("command", id.value());
      }
      if (command.status() != CommandStatus.QUEUED || command.isInDoubt()) {
        throw Fault.failedPrecondition(
            "command %s is %s: it waits no more".formatted(id, command.status().word()),
            "command_sent");
      }
      return cancel(caller, id);
    });
  }

  public Command get(Caller caller, CommandId id) {
    return lookUp(caller, id).orElseThrow(() -> Fault.notFound("command", id.value()));
  }

  /// The command if it is (still) there and about a device within the caller's scope.
  public Optional<Command> lookUp(Caller caller, CommandId id) {
    Access.require(caller, Permission.COMMAND_VIEW);
    return store.find(id).filter(command -> isVisible(caller, command));
  }

  /// As [#lookUp], for a caller who has been reading for some time: as long as it may look.
  public Optional<Command> lookUpStill(Caller caller, CommandId id) {
    return lookUp(credentials.renewed(caller), id);
  }

  /// Newest first, at most `limit` commands.
  ///
  /// @throws Fault INVALID_ARGUMENT when `query` continues behind a command that is not there (any
  ///   more) or lies outside the caller's scope
  public List<Command> find(Caller caller, CommandQuery query, int limit) {
    Access.require(caller, Permission.COMMAND_VIEW);
    query
        .before()
        .filter(id -> store.find(id).filter(command -> isVisible(caller, command)).isEmpty())
        .ifPresent(id -> {
          throw Fault.invalid("cursor", id.value(), "the next_cursor of this list");
        });
    List<Command> found = new ArrayList<>();
    CommandQuery next = query;
    while (true) {
      List<Command> batch = store.find(next, limit);
      batch.stream().filter(command -> isVisible(caller, command)).forEach(found::add);
      if (batch.size() < limit || found.size() >= limit) {
        return List.copyOf(found.subList(0, Math.min(limit, found.size())));
      }
      next = new CommandQuery(query.device(), query.status(), Optional.of(batch.getLast().id()));
    }
  }

  private boolean isVisible(Caller caller, Command command) {
    return caller.scope().isEmpty() || devices.lookUp(caller, command.device()).isPresent();
  }

  /// Cancels a command that has not been sent; asks the device to stop one that has.
  ///
  /// @throws Fault FAILED_PRECONDITION when it has ended otherwise
  public Command cancel(Caller caller, CommandId id) {
    Access.require(caller, Permission.COMMAND_EXECUTE);
    Command command =
        transactions.write(() -> {
          Command before = get(caller, id);
          if (before.status().isFinal() && before.status() != CommandStatus.CANCELLED) {
            throw Fault.failedPrecondition(
                "command %s has ended: %s".formatted(id, before.status().word()), "command_ended");
          }
          audit.record(caller, "command.cancel", id.value(), Map.of());
          return executions.apply(id, new CommandEvent.CancelRequested()).orElse(before);
        });
    if (!command.status().isFinal()) {
      deliveries.cancel(command);
    }
    return command;
  }

  /// The command when it has ended, or as it is after `longest` or when the server stops.
  public Command await(Caller caller, CommandId id, Duration longest) throws InterruptedException {
    return executions
        .watch()
        .await(
            id,
            longest,
            () -> get(credentials.renewed(caller), id),
            command -> command.status().isFinal());
  }

  /// Nobody waits any more: the server stops.
  public void endWaits() {
    executions.watch().stop();
  }

  /// The command that this caller made with that idempotency key.
  public Optional<Command> madeWith(Caller caller, String idempotencyKey) {
    Access.require(caller, Permission.COMMAND_EXECUTE);
    return store
        .findByIdempotencyKey(caller.principalId(), idempotencyKey)
        .filter(command -> isVisible(caller, command));
  }

  /// What a command has printed so far, from its beginning on: all of it, or chunks of more than
  /// `most` bytes when there are more.
  public List<OutputChunk> output(Caller caller, CommandId id, int most) {
    get(caller, id);
    List<OutputChunk> found = new ArrayList<>();
    long bytes = 0;
    long seen = 0;
    while (bytes <= most) {
      List<OutputChunk> chunks = store.output(id, seen, CHUNKS_AT_ONCE);
      for (OutputChunk chunk : chunks) {
        found.add(chunk);
        bytes += chunk.data().length;
        seen = chunk.seq();
      }
      if (chunks.size() < CHUNKS_AT_ONCE) {
        break;
      }
    }
    return found;
  }

  /// The end of what a command has printed: its last [#TAIL] chunks. For what belongs to the
  /// server; decides on no right.
  public String tail(CommandId id) {
    long last = store.receivedSeq(id);
    return store.output(id, Math.max(0, last - TAIL), TAIL).stream()
        .filter(chunk -> chunk.stream() == OutputChunk.Stream.STDOUT)
        .map(chunk -> new String(chunk.data(), StandardCharsets.UTF_8))
        .collect(Collectors.joining());
  }

  /// Hears of a command: first everything there is, then what comes, until it has ended.
  public interface Follower {
    void status(Command command);

    void output(OutputChunk chunk);

    /// Nothing has happened for 15 s.
    void idle();
  }

  /// Tells `follower` about a command and its output behind `after`, on the calling thread, until
  /// the command has ended, or until there is no more now when `wait` is false or the server stops.
  /// What the follower throws ends it, and so does, within 5 s, the loss of the right to look.
  public void follow(Caller caller, CommandId id, long after, boolean wait, Follower follower)
      throws InterruptedException {
    try (Watch<CommandId>.Watcher watcher = executions.watch().watch(id)) {
      long seen = after;
      long quietMillis = 0;
      Optional<CommandStatus> told = Optional.empty();
      while (true) {
        boolean last = executions.watch().isStopped();
        // The status first: output that is stored before the end must not be missed.
        Command command = get(credentials.renewed(caller), id);
        boolean ended = command.status().isFinal();
        if (!ended && !told.equals(Optional.of(command.status()))) {
          follower.status(command);
          told = Optional.of(command.status());
        }
        seen = tell(id, seen, ended, follower);
        if (ended) {
          follower.status(command);
        }
        if (ended || !wait || last) {
          return;
        }
        long pause = Watch.LOOK_AGAIN.toMillis();
        quietMillis = watcher.await(pause) ? 0 : quietMillis + pause;
        if (quietMillis >= KEEP_ALIVE_MILLIS) {
          follower.idle();
          quietMillis = 0;
        }
      }
    }
  }

  /// Tells the output behind `after`; returns up to where. While the command lives, a chunk waits
  /// for those before it that are still on their way; after its end nothing comes any more.
  private long tell(CommandId id, long after, boolean ended, Follower follower) {
    long seen = after;
    while (true) {
      List<OutputChunk> chunks = store.output(id, seen, CHUNKS_AT_ONCE);
      for (OutputChunk chunk : chunks) {
        if (!ended && chunk.seq() != seen + 1) {
          return seen;
        }
        follower.output(chunk);
        seen = chunk.seq();
      }
      if (chunks.size() < CHUNKS_AT_ONCE) {
        return seen;
      }
    }
  }

  /// What the device has of them it is told to stop, before its link is cut.
  private void withdrawAll(DeviceId device, String why) {
    for (CommandId id : store.unfinished(device)) {
      executions
          .apply(id, new CommandEvent.Withdrawn(why))
          .filter(command -> command.attempt() > 0)
          .ifPresent(command -> transactions.afterCommit(() -> deliveries.cancel(command)));
    }
  }

  /// Drops commands that ended more than `kept` ago. Called now and then by the server.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteEnded(before, SWEEP_BATCH));
    } while (deleted == SWEEP_BATCH);
  }
}
