package muster.it.command;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import muster.account.Credentials;
import muster.account.Keys;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.auth.Token;
import muster.campaign.Campaigns;
import muster.checkin.Checkins;
import muster.checkin.Greeting;
import muster.checkin.Identity;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandLink;
import muster.command.CommandRequest;
import muster.command.Commands;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.command.Lane;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.DeviceState;
import muster.device.Devices;
import muster.event.Event;
import muster.event.Events;
import muster.group.Groups;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.link.Arrival;
import muster.link.Links;
import muster.link.Returning;
import muster.page.CursorCodec;
import muster.store.SqlAuditStore;
import muster.store.SqlCampaignStore;
import muster.store.SqlCommandStore;
import muster.store.SqlConnectionStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlDeviceStore;
import muster.store.SqlEventStore;
import muster.store.SqlGroupStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.tx.Transactions;

/// The core's features over SQLite, without a network: links are objects of the test, and what
/// another thread does at the worst moment is played before a chosen write ([#beforeWrite]).
final class CoreRig implements AutoCloseable {
  static final Instant START = Instant.parse("2026-04-15T14:30:00Z");

  /// Stands still until it is moved.
  static final class Clock implements InstantSource {
    private volatile Instant now = START;
    private volatile Duration elapsed = Duration.ZERO;

    @Override
    public Instant instant() {
      return now;
    }

    void advance(Duration by) {
      now = now.plus(by);
      elapsed = elapsed.plus(by);
    }

    /// Somebody sets it; no time has passed.
    void jump(Duration by) {
      now = now.plus(by);
    }
  }

  /// A device's link: what was given to it waits in queues.
  static final class FakeLink implements CommandLink {
    final BlockingQueue<Command> executes = new LinkedBlockingQueue<>();
    private final Map<CommandId, Integer> given = new ConcurrentHashMap<>();
    final List<CommandId> cancels = Collections.synchronizedList(new ArrayList<>());
    volatile Optional<CloseReason> closed = Optional.empty();
    volatile String closeDetail = "";
    volatile String unsendableTool = "";
    volatile boolean keepsAccount = true;

    @Override
    public void execute(Command command) {
      if (command.tool().equals(unsendableTool)) {
        throw new IllegalArgumentException("nested deeper than 64");
      }
      executes.add(command);
      given.put(command.id(), command.attempt());
    }

    @Override
    public boolean keepsAccount() {
      return keepsAccount;
    }

    /// Whether that very delivery has come over this link.
    boolean given(Command command) {
      return given.getOrDefault(command.id(), 0) == command.attempt();
    }

    @Override
    public void cancel(CommandId id) {
      cancels.add(id);
    }

    @Override
    public void close(CloseReason reason, String detail) {
      closeDetail = detail;
      closed = Optional.of(reason);
    }

    @Override
    public void probe() {}
  }

  /// Lets the test in before a write of the thread that calls.
  private final class Interleaved implements Transactions {
    /// Of the writer's thread: what joins a transaction is no write of its own.
    private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);

    private int skip;
    private Predicate<Thread> counted = thread -> false;
    private Optional<Runnable> before = Optional.empty();

    @Override
    public <T> T write(Supplier<T> work) {
      if (inside.get()) {
        return database.write(work);
      }
      next().ifPresent(Runnable::run);
      return database.write(() -> {
        inside.set(true);
        try {
          return work.get();
        } finally {
          inside.set(false);
        }
      });
    }

    private synchronized Optional<Runnable> next() {
      if (before.isEmpty() || !counted.test(Thread.currentThread()) || skip-- > 0) {
        return Optional.empty();
      }
      Optional<Runnable> due = before;
      before = Optional.empty();
      return due;
    }

    private synchronized void arm(int writes, Predicate<Thread> whose, Runnable action) {
      skip = writes;
      counted = whose;
      before = Optional.of(action);
    }

    @Override
    public void afterCommit(Runnable action) {
      database.afterCommit(action);
    }
  }

  /// Links let in each second, from the next [#restart()] on.
  int admitRate = 200;

  final Clock clock = new Clock();
  final SqliteDatabase database;
  final List<Event> events = Collections.synchronizedList(new ArrayList<>());
  final Caller admin = Caller.SERVER;
  private final Interleaved transactions = new Interleaved();
  private final SqlDeviceStore deviceStore;
  final SqlCommandStore commandStore;
  final SqlConnectionStore connectionStore;
  private final Map<DeviceId, Identity> identities = new ConcurrentHashMap<>();
  Events log;
  Audit audit;
  Credentials credentials;
  Keys keys;
  Devices devices;
  Links links;
  Executions executions;
  Commands commands;
  Deliveries deliveries;
  Checkins checkins;
  Groups groups;
  Campaigns campaigns;

  CoreRig(Path directory) {
    database = SqliteDatabase.open(directory.resolve("muster.db"), 2);
    deviceStore = new SqlDeviceStore(database);
    commandStore = new SqlCommandStore(database);
    connectionStore = new SqlConnectionStore(database);
    build();
  }

  private void build() {
    SqlCredentialStore credentialStore = new SqlCredentialStore(database);
    SqlUserStore users = new SqlUserStore(database);
    log =
        new Events(
            transactions,
            new SqlEventStore(database),
            clock,
            task -> Thread.ofVirtual().name("events-", 0).start(task),
            (event, problem) -> {
              throw new AssertionError(problem);
            });
    log.react(events::add);
    audit = new Audit(transactions, new SqlAuditStore(database), clock);
    credentials =
        new Credentials(transactions, credentialStore, users, DeviceFields::filter, clock);
    keys = new Keys(transactions, credentialStore, credentials, DeviceFields::filter, audit, clock);
    CursorCodec cursors = new CursorCodec(new byte[32], clock, Duration.ofHours(1));
    devices = new Devices(transactions, deviceStore, credentials, log, audit, cursors, clock);
    Returning returning = new Returning(admitRate, Duration.ofSeconds(10));
    links =
        new Links(
            transactions,
            deviceStore,
            connectionStore,
            log,
            clock,
            () -> clock.elapsed.toNanos(),
            returning,
            task -> Thread.ofVirtual().name("deliver-", 0).start(task));
    executions = new Executions(transactions, commandStore, log, clock);
    deliveries =
        new Deliveries(transactions, commandStore, devices, links, credentials, executions, clock);
    commands =
        new Commands(
            transactions,
            commandStore,
            devices,
            credentials,
            executions,
            deliveries,
            log,
            audit,
            clock);
    checkins =
        new Checkins(
            transactions,
            deviceStore,
            credentials,
            links,
            deliveries,
            executions,
            log,
            audit,
            clock);
    groups = new Groups(transactions, new SqlGroupStore(database), devices, audit, clock);
    campaigns =
        new Campaigns(
            transactions,
            new SqlCampaignStore(database),
            groups,
            devices,
            commands,
            credentials,
            log,
            audit,
            clock,
            task -> Thread.ofVirtual().name("campaign-", 0).start(task));
    links.recover();
  }

  /// What was in memory is gone, as after a crash; the store is what it was.
  void restart() {
    log.close();
    build();
  }

  /// Runs `action` before the write of this thread that comes after `writes` others. Deliveries run
  /// on threads of their own and end with a look for more, whenever that comes: they don't count.
  void beforeWrite(int writes, Runnable action) {
    Thread self = Thread.currentThread();
    transactions.arm(writes, thread -> thread == self, action);
  }

  /// Runs `action` before the next write of a delivery, known by its thread's name.
  void beforeDelivery(Runnable action) {
    transactions.arm(0, thread -> thread.getName().startsWith("deliver-"), action);
  }

  DeviceId device(String id) {
    Device device =
        new Device(
            new DeviceId(id),
            id,
            new TreeSet<>(),
            Approval.APPROVED,
            Condition.NORMAL,
            DeviceFacts.NONE,
            Map.of(),
            Optional.empty(),
            clock.instant(),
            clock.instant(),
            Decisions.NONE,
            DeviceState.NEVER_SEEN);
    database.write(() -> {
      deviceStore.insert(device);
      return device;
    });
    authenticate(device.id());
    return device.id();
  }

  /// Gives the device a new credential; an earlier one is dead.
  Token newCredential(DeviceId id) {
    return credentials.replaceDeviceCredential(id.value());
  }

  /// The device shows a new credential, as its next links will have.
  Identity authenticate(DeviceId id) {
    Identity identity =
        checkins.identity(credentials.authenticate(newCredential(id).text(), Origin.SERVER));
    identities.put(id, identity);
    return identity;
  }

  Identity identity(DeviceId id) {
    return Objects.requireNonNull(identities.get(id));
  }

  DeviceState state(DeviceId id) {
    return deviceStore.find(id).orElseThrow().state();
  }

  Caller key(Role role) {
    Keys.Created created = keys.create(admin, "ci", role, Optional.empty(), Optional.empty());
    return credentials.current("key:" + created.key().id()).orElseThrow();
  }

  static Greeting greeting(CommandId... running) {
    Map<CommandId, Greeting.Known> executions = new HashMap<>();
    for (CommandId id : running) {
      executions.put(id, new Greeting.Known(1, true));
    }
    return new Greeting(
        new DeviceFacts(
            Optional.empty(),
            Optional.of("0.1.0"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of("bash", "odd"),
            Optional.empty()),
        new Arrival.Machine("boot", ""),
        executions);
  }

  Welcome hello(DeviceId device, FakeLink link, CommandId... running) {
    return checkins.hello(identity(device), link, "10.0.0.9", greeting(running));
  }

  Welcome connect(DeviceId device, FakeLink link, CommandId... running) {
    Welcome welcome = hello(device, link, running);
    checkins.ready(welcome);
    return welcome;
  }

  CommandId submit(Caller caller, DeviceId device) {
    return submit(caller, device, "bash", Duration.ofDays(1));
  }

  CommandId submit(Caller caller, DeviceId device, String tool, Duration timeToLive) {
    return commands
        .submit(
            caller,
            device,
            new CommandRequest(
                tool,
                Map.of("command", "true"),
                Lane.CONTROL,
                false,
                Duration.ofSeconds(60),
                timeToLive,
                Optional.empty()))
        .id();
  }

  Command command(CommandId id) {
    return commandStore.find(id).orElseThrow();
  }

  long count(String type, DeviceId device) {
    synchronized (events) {
      return events.stream()
          .filter(event -> event.type().equals(type))
          .filter(event -> event.device().equals(Optional.of(device)))
          .count();
    }
  }

  /// As the server's ticker, in steps that are no pause of the whole process.
  void advance(Duration by) {
    Duration left = by;
    while (left.isPositive()) {
      Duration step = left.compareTo(Duration.ofSeconds(4)) > 0 ? Duration.ofSeconds(4) : left;
      clock.advance(step);
      left = left.minus(step);
      tick();
    }
  }

  void tick() {
    links.tick();
    deliveries.tick();
  }

  @Override
  public void close() {
    log.close();
    database.close();
  }
}
