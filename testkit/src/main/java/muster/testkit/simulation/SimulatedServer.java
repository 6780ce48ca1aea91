package muster.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import muster.account.Credential;
import muster.account.Credentials;
import muster.account.Keys;
import muster.api.device.DeviceApi;
import muster.audit.Audit;
import muster.auth.Role;
import muster.auth.Token;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.command.Commands;
import muster.command.Executions;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.DeviceState;
import muster.device.Devices;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.link.Links;
import muster.link.Returning;
import muster.page.CursorCodec;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.wire.CloseCode;

/// The server's real core and device protocol over a store in memory. It can die at any write and
/// be started again over what it had committed; it can stand still for a while.
final class SimulatedServer {
  private static final Duration TICK = Duration.ofSeconds(2);
  private static final Duration PING = Duration.ofSeconds(15);

  /// From this on, the ticker takes its being late for a pause of the whole process.
  private static final Duration NOTICED = Duration.ofSeconds(5);

  private static final int ADMIT_RATE = 100;
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final int HEARTBEAT_SECONDS = 15;

  /// Stands in the answer to hello and nowhere else.
  private static final String WELCOME = "heartbeat_seconds";

  private static final int INTERNAL_ERROR = 1011;

  /// What is gone after a crash.
  final class Run {
    final Commands commands;
    final Credentials credentials;
    final Keys keys;
    final Executions executions;
    private final Links links;
    private final Checkins checkins;
    private final List<Wire> wires = new ArrayList<>();

    private Run() {
      InstantSource clock = time::now;
      Events events =
          new Events(
              transactions,
              new MemoryEventStore(transactions, stored),
              clock,
              this::later,
              (event, problem) -> {
                throw new AssertionError("a subscriber failed on " + event, problem);
              });
      Audit audit = new Audit(transactions, new UncheckedAudit(), clock);
      credentials =
          new Credentials(
              transactions, credentialStore, new NoUsers(), DeviceFields::filter, clock);
      keys =
          new Keys(transactions, credentialStore, credentials, DeviceFields::filter, audit, clock);
      Devices all = new Devices(transactions, devices, credentials, events, audit, cursors, clock);
      links =
          new Links(
              transactions,
              devices,
              connections,
              events,
              clock,
              time::nanos,
              new Returning(ADMIT_RATE, WINDOW),
              this::later);
      executions = new Executions(transactions, commandStore, events, clock);
      commands =
          new Commands(
              transactions,
              commandStore,
              all,
              links,
              credentials,
              executions,
              events,
              audit,
              clock);
      checkins =
          new Checkins(
              transactions,
              devices,
              credentials,
              links,
              commands,
              executions,
              events,
              audit,
              clock);
      links.recover();
    }

    /// As another thread would, at some moment.
    private void later(Runnable task) {
      time.after(time.upTo(Duration.ofMillis(5)), () -> act(this, task));
    }

    /// As the server's ticker, which goes on whatever a task throws.
    private void every(Duration interval, Runnable task) {
      time.after(
          interval,
          () -> {
            if (run.equals(Optional.of(this))) {
              every(interval, task);
              act(this, task);
            }
          });
    }
  }

  private final Timeline time;
  private final FailPoint failPoint = new FailPoint();
  private final MemoryTransactions transactions = new MemoryTransactions(failPoint);
  private final MemoryDeviceStore devices = new MemoryDeviceStore(transactions);
  private final MemoryConnectionStore connections = new MemoryConnectionStore(transactions);
  private final MemoryCredentialStore credentialStore = new MemoryCredentialStore(transactions);
  private final CursorCodec cursors;
  final MemoryCommandStore commandStore = new MemoryCommandStore(transactions);

  /// Every event that was committed.
  final List<Event> stored = new ArrayList<>();

  private Optional<Run> run = Optional.empty();
  private final Map<DeviceId, NavigableSet<Instant>> heard = new HashMap<>();
  private final NavigableSet<Instant> ticks = new TreeSet<>();
  private long standsStillUntil;
  private long stillSince;
  private final List<Runnable> held = new ArrayList<>();
  private boolean dyingAtStart = true;

  SimulatedServer(Timeline time) {
    this.time = time;
    cursors = new CursorCodec(new byte[32], time::now, Duration.ofHours(1));
  }

  void add(DeviceId id) {
    transactions.write(() -> {
      devices.insert(
          new Device(
              id,
              id.value(),
              new TreeSet<>(),
              Approval.APPROVED,
              Condition.NORMAL,
              DeviceFacts.NONE,
              Map.of(),
              Optional.empty(),
              time.now(),
              time.now(),
              DeviceState.NEVER_SEEN));
      credentialStore.insert(
          new Credential(
              id.value(),
              Token.Kind.DEVICE,
              id.value(),
              id.value(),
              Role.DEVICE,
              Optional.empty(),
              "",
              time.now(),
              Optional.empty(),
              Optional.empty()));
      return id;
    });
  }

  DeviceState state(DeviceId id) {
    return devices.find(id).orElseThrow().state();
  }

  private void heard(DeviceId device) {
    heard.computeIfAbsent(device, any -> new TreeSet<>()).add(time.now());
  }

  /// Whether anything came from the device in the time before that moment.
  boolean heardWithin(Duration lease, DeviceId device, Instant moment) {
    return Optional.ofNullable(heard.get(device))
        .map(times -> times.lower(moment))
        .filter(last -> Duration.between(last, moment).compareTo(lease) < 0)
        .isPresent();
  }

  /// When commands were looked at first from then on.
  Instant firstTickAfter(Instant moment) {
    return Optional.ofNullable(ticks.ceiling(moment)).orElse(Instant.MAX.minusSeconds(1));
  }

  FailPoint failPoint() {
    return failPoint;
  }

  /// Refuses every write for a while, as on a full disk.
  void refuseWrites(Duration howLong) {
    transactions.refuse(true);
    time.after(howLong, () -> transactions.refuse(false));
  }

  /// Stands still, as stopped by a signal, while time goes on for all others.
  void standStill(Duration howLong) {
    long until = time.nanos() + howLong.toNanos();
    if (until > standsStillUntil) {
      if (time.nanos() >= standsStillUntil) {
        stillSince = time.nanos();
      }
      standsStillUntil = until;
      time.at(until, this::goOn);
    }
  }

  private void goOn() {
    if (time.nanos() >= standsStillUntil) {
      Duration pause = Duration.ofNanos(time.nanos() - stillSince);
      run.filter(present -> pause.compareTo(NOTICED) > 0)
          .ifPresent(present -> act(present, () -> present.links.moveLeases(pause)));
      List<Runnable> inOrder = List.copyOf(held);
      held.clear();
      inOrder.forEach(Runnable::run);
    }
  }

  Optional<Run> running() {
    return run;
  }

  void start() {
    if (run.isPresent()) {
      return;
    }
    failPoint.revive();
    if (dyingAtStart && time.chance(10)) {
      failPoint.arm(time.random().nextInt(3));
    }
    try {
      Run started = new Run();
      run = Optional.of(started);
      started.every(TICK, started.links::tick);
      started.every(
          TICK,
          () -> {
            started.commands.tick();
            ticks.add(time.now());
          });
      started.every(PING, () -> started.wires.forEach(Wire::pingAgent));
    } catch (Crash | Fault problem) {
      time.note("the server can't start: %s", problem);
      restart();
    }
  }

  private void restart() {
    time.after(time.upTo(Duration.ofSeconds(8)), this::start);
  }

  /// From now on nothing goes wrong by itself.
  void calm() {
    dyingAtStart = false;
    transactions.refuse(false);
    failPoint.arm(-1);
  }

  /// Dies now.
  void kill() {
    run.ifPresent(dead -> {
      time.note("the server dies");
      failPoint.die();
      run = Optional.empty();
      standsStillUntil = 0;
      held.clear();
      List.copyOf(dead.wires).forEach(Wire::cut);
      restart();
    });
  }

  /// Does something as that run, if it is still the present one; it may die doing it.
  private void act(Run asked, Runnable action) {
    if (run.filter(asked::equals).isEmpty()) {
      return;
    }
    if (time.nanos() < standsStillUntil) {
      held.add(() -> act(asked, action));
      return;
    }
    try {
      action.run();
    } catch (Crash crash) {
      time.note("the server: %s", crash);
      kill();
    } catch (Fault fault) {
      if (fault.code() != FaultCode.UNAVAILABLE) {
        throw fault;
      }
      time.note("the server: %s", fault.getMessage());
    }
  }

  /// As a request of a person: at some moment, unless the server is down.
  void call(Consumer<Run> request) {
    run.ifPresent(present -> act(present, () -> request.accept(present)));
  }

  /// Lets a device in; false when nobody is there.
  boolean accept(DeviceId device, Wire wire) {
    if (run.isEmpty()) {
      return false;
    }
    Run present = run.get();
    Channel channel = new Channel(present, wire);
    Conversation conversation =
        DeviceApi.conversation(
            new Identity(device, device.value()),
            channel,
            present.checkins,
            present::later,
            time::now,
            HEARTBEAT_SECONDS);
    wire.server(new ServerEnd(present, device, wire, conversation));
    present.wires.add(wire);
    act(present, conversation::opened);
    return true;
  }

  private final class ServerEnd implements Wire.End {
    private final Run asked;
    private final DeviceId device;
    private final Wire wire;
    private final Conversation conversation;
    private boolean failed;

    private ServerEnd(Run asked, DeviceId device, Wire wire, Conversation conversation) {
      this.asked = asked;
      this.device = device;
      this.wire = wire;
      this.conversation = conversation;
    }

    @Override
    public void frame(String text) {
      act(
          asked,
          () -> {
            if (!failed) {
              time.note("the server hears %s", text);
              if (wire.isWelcomed()) {
                heard(device);
              }
              dealWith(() -> conversation.text(text));
            }
          });
    }

    @Override
    public void ping() {
      act(
          asked,
          () -> {
            if (wire.isWelcomed()) {
              heard(device);
            }
            conversation.signOfLife();
          });
    }

    @Override
    public void closed(int code, String reason) {
      asked.wires.remove(wire);
      time.after(
          time.upTo(Duration.ofMillis(50)),
          () -> act(asked, () -> dealWith(() -> conversation.closed(code == CloseCode.NORMAL))));
    }

    /// As the socket does: after a frame that went wrong it takes no more.
    private void dealWith(Runnable frame) {
      try {
        frame.run();
      } catch (RuntimeException e) {
        time.note("the server: %s", e);
        failed = true;
        wire.closeByServer(INTERNAL_ERROR, "internal error");
      }
    }
  }

  private final class Channel implements DeviceChannel {
    private final Run asked;
    private final Wire wire;

    private Channel(Run asked, Wire wire) {
      this.asked = asked;
      this.wire = wire;
    }

    @Override
    public String address() {
      return "192.0.2.1";
    }

    @Override
    public void send(String text) {
      if (!failPoint.isDead()) {
        wire.toAgent(text);
        if (text.contains(WELCOME)) {
          wire.welcomed();
        }
      }
    }

    @Override
    public void ping() {
      wire.pingAgent();
    }

    @Override
    public void close(int code, String reason) {
      if (!failPoint.isDead()) {
        wire.closeByServer(code, reason);
      }
    }

    @Override
    public void later(long millis, Runnable task) {
      time.after(Duration.ofMillis(millis), () -> act(asked, task));
    }
  }
}
