package muster.link;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// The registry of live links and the keeper of presence. Shared by all threads; `sessions` is a
/// concurrent map, each session guards itself, and no lock is held while the store or a link is
/// called.
public final class Links {
  /// A tick later than this means that the whole process stood still; silence meanwhile proves
  /// nothing about the devices.
  private static final Duration OWN_PAUSE = Duration.ofSeconds(5);

  /// From this on, what the wall clock gained or lost between two ticks is a jump of it.
  private static final Duration JUMP = Duration.ofSeconds(2);

  private record Ending(Session session, LinkEnd why, Instant at) {}

  private final Transactions transactions;
  private final DeviceStore devices;
  private final ConnectionStore connections;
  private final Events events;
  private final InstantSource clock;
  private final Elapsed elapsed;
  private final Returning returning;
  private final Executor executor;
  private final ConcurrentMap<DeviceId, Session> sessions = new ConcurrentHashMap<>();
  private final Leases leases = new Leases();

  /// Ends of links that are still to be stored.
  private final Queue<Ending> unsettled = new ConcurrentLinkedQueue<>();

  private final LongAdder heartbeatsStored = new LongAdder();

  private final List<BiConsumer<DeviceId, Health>> samples = new CopyOnWriteArrayList<>();
  private volatile Instant lastTick;
  private volatile long lastTickNanos;
  private volatile boolean stopping;
  private volatile Duration longestLease = DeviceState.LEASE;

  /// @param elapsed goes on with `clock` but for its jumps
  /// @param executor runs what hands out commands; each task may block
  public Links(
      Transactions transactions,
      DeviceStore devices,
      ConnectionStore connections,
      Events events,
      InstantSource clock,
      Elapsed elapsed,
      Returning returning,
      Executor executor) {
    this.transactions = transactions;
    this.devices = devices;
    this.connections = connections;
    this.events = events;
    this.clock = clock;
    this.elapsed = elapsed;
    this.returning = returning;
    this.executor = executor;
    this.lastTick = clock.instant();
    this.lastTickNanos = elapsed.nanos();
    events.subscribe(event -> {
      if (event.turnsAway()) {
        event.device().ifPresent(id -> cut(id, event.verb()));
      }
    });
  }

  /// Takes over what the last run of the server left: the devices that were there then are unknown
  /// for as long as so many need to come back. Called once, before the first connection.
  public void recover() {
    Instant now = clock.instant();
    transactions.write(() -> {
      longestLease = returning.patience(devices.held());
      connections.endAllOpen(LinkEnd.RESTART);
      // Whatever earlier runs waited for, it was not more than all devices.
      int all = (int) devices.count(Filter.ALL, now).total();
      return devices.awaitReturn(now, now.plus(longestLease), now.plus(returning.patience(all)));
    });
    devices.openLeases().forEach(leases::add);
  }

  /// Opens a session for a device over a link; an earlier one is closed as replaced. Nothing is
  /// handed out over it until it is [Session#welcomed()].
  ///
  /// @param check runs inside the transaction and refuses the device by throwing: what it finds
  ///   holds until the session stands in the registry
  /// @throws Fault PERMISSION_DENIED when the device was deleted or turned away meanwhile;
  ///   UNAVAILABLE when the server stops
  public Session connect(Arrival arrival, Runnable check) {
    DeviceId id = arrival.device();
    Instant now = clock.instant();
    AtomicReference<Optional<Session>> replaced = new AtomicReference<>(Optional.empty());
    Session session =
        transactions.write(() -> {
          DeviceState before =
              devices
                  .find(id)
                  .filter(known -> known.approval() == Approval.APPROVED)
                  .map(Device::state)
                  .orElseThrow(() -> turnedAway(id));
          requireRunning();
          check.run();
          DeviceState held = before.connected(arrival.address(), now);
          devices.saveState(id, held);
          connections.begin(
              new Connection(id, held.epoch(), now, arrival.address(), Optional.empty()));
          announce(id, before, arrival.address(), now);
          Session opened = new Session(arrival, held, elapsed.nanos(), executor);
          // In the order of commits: the newest wins, and who deletes the device finds the session.
          transactions.afterCommit(
              () -> replaced.set(Optional.ofNullable(sessions.put(id, opened))));
          return opened;
        });
    replaced
        .get()
        .ifPresent(loser -> {
          loser.end();
          loser.link().close(Link.CloseReason.REPLACED, "a newer connection took over");
        });
    return session;
  }

  /// A link opened now would never be closed.
  private void requireRunning() {
    if (stopping) {
      throw new Fault(FaultCode.UNAVAILABLE, "the server stops");
    }
  }

  private static Fault turnedAway(DeviceId id) {
    return new Fault(
        FaultCode.PERMISSION_DENIED, "device %s was deleted or is not approved".formatted(id));
  }

  /// Tells that a device is back, if anybody was told that it is away. A lease that ran out since
  /// the last tick has been seen as offline: that is told first.
  private void announce(DeviceId id, DeviceState before, String address, Instant now) {
    if (before.leaseHasEnded(now)) {
      events.emit(Event.DEVICE_OFFLINE, Optional.of(id), Map.of());
    }
    if (!before.announced() || before.leaseHasEnded(now)) {
      events.emit(Event.DEVICE_ONLINE, Optional.of(id), Map.of("address", address));
    }
  }

  /// Whether no newer link of the device has been opened since. Inside a write transaction the
  /// answer holds until its end.
  public boolean isNewest(Session session) {
    return devices
        .find(session.device())
        .filter(device -> device.state().epoch() == session.state().epoch())
        .isPresent();
  }

  public Optional<Session> find(DeviceId device) {
    return Optional.ofNullable(sessions.get(device));
  }

  public int count() {
    return sessions.size();
  }

  /// How many devices' heartbeats were stored, since the start; those of one device between two
  /// ticks count as one.
  public long heartbeatsStored() {
    return heartbeatsStored.sum();
  }

  /// A sign of life, with or without a sample of measures.
  public void heard(Session session, Optional<Health> health) {
    session.heard(clock.instant(), elapsed.nanos(), health);
    health.ifPresent(sample -> tell(session.device(), sample));
  }

  /// Tells `listener` each sample of measures. It must return at once.
  public void onSample(BiConsumer<DeviceId, Health> listener) {
    samples.add(listener);
  }

  /// A sample of measures that came by another way than over the device's link.
  public void sampled(Session session, Health health) {
    session.sampled(clock.instant(), health);
    tell(session.device(), health);
  }

  private void tell(DeviceId device, Health sample) {
    samples.forEach(listener -> listener.accept(device, sample));
  }

  /// Stores what was heard of a device, in the transaction this is called in.
  public void store(Session session) {
    session.takeChange().ifPresent(state -> devices.saveState(session.device(), state));
  }

  /// The link of a session is gone.
  public void disconnected(Session session, LinkEnd why) {
    if (session.end()) {
      sessions.remove(session.device(), session);
      settle(List.of(new Ending(session, why, clock.instant())));
    }
  }

  /// Stores that links have ended. When the store can't, the next tick tries again: a device whose
  /// end is not stored would be online for ever.
  private void settle(List<Ending> endings) {
    if (endings.isEmpty()) {
      return;
    }
    try {
      transactions.write(() -> {
        endings.forEach(this::store);
        return endings.size();
      });
    } catch (RuntimeException e) {
      unsettled.addAll(endings);
      throw e;
    }
  }

  private void store(Ending ending) {
    DeviceId id = ending.session().device();
    DeviceState before = ending.session().state();
    DeviceState after =
        before.disconnected(
            ending.why(), ending.session().silentFor(elapsed.nanos()), clock.instant());
    connections.end(id, before.epoch(), new Connection.End(ending.at(), ending.why()));
    boolean stored = devices.saveState(id, after);
    if (stored && before.announced() && !after.announced()) {
      events.emit(Event.DEVICE_OFFLINE, Optional.of(id), Map.of());
    }
    if (after.announced()) {
      transactions.afterCommit(() -> leases.add(id, after.onlineUntil()));
    }
  }

  /// Ends a device's link at once: its credential is dead.
  public void cut(DeviceId device, String why) {
    find(device)
        .ifPresent(session -> {
          session.link().close(Link.CloseReason.CUT, why);
          disconnected(session, LinkEnd.CUT);
        });
  }

  /// What has to be done now and then, at least once a second: stores heartbeats, closes silent
  /// links, and notices leases that ran out, pauses of this process and jumps of the clock.
  public void tick() {
    Instant now = clock.instant();
    long nanos = elapsed.nanos();
    Duration passed = Duration.ofNanos(nanos - lastTickNanos);
    Duration jump = Duration.between(lastTick, now).minus(passed);
    lastTick = now;
    lastTickNanos = nanos;
    if (passed.compareTo(OWN_PAUSE) > 0) {
      sessions.values().forEach(session -> session.excuse(passed, nanos));
    }
    if (jump.abs().compareTo(JUMP) > 0) {
      moveLeases(jump);
    }
    flush();
    settleLate();
    closeSilent(nanos);
    endLeases(now);
  }

  private void settleLate() {
    List<Ending> late = new ArrayList<>();
    for (Ending next = unsettled.poll(); next != null; next = unsettled.poll()) {
      late.add(next);
    }
    settle(late);
  }

  /// Moves the end of every running lease by as much as the wall clock jumped, or as long as this
  /// process stood still and could hear nobody come back.
  public void moveLeases(Duration by) {
    Instant now = clock.instant();
    Instant latest = now.plus(longestLease);
    Map<DeviceId, Instant> moved =
        transactions.write(() -> {
          Map<DeviceId, Instant> ends = new HashMap<>();
          devices
              .openLeases()
              .forEach((id, end) -> {
                Instant to = Leases.moved(end, by, now, latest);
                devices
                    .find(id)
                    .filter(device -> devices.saveState(id, device.state().until(to)))
                    .ifPresent(device -> ends.put(id, to));
              });
          return ends;
        });
    moved.forEach(leases::add);
  }

  /// Stores the heartbeats that came since the last time.
  public void flush() {
    if (sessions.values().stream().noneMatch(Session::hasChange)) {
      return;
    }
    int stored =
        transactions.write(() -> {
          Map<DeviceId, DeviceState> changed = new HashMap<>();
          sessions.forEach(
              (id, session) -> session.takeChange().ifPresent(state -> changed.put(id, state)));
          return devices.saveStates(changed);
        });
    heartbeatsStored.add(stored);
  }

  private void closeSilent(long nanos) {
    List<Ending> silent = new ArrayList<>();
    for (Session session : sessions.values()) {
      if (session.silentFor(nanos).compareTo(Link.MAX_SILENCE) > 0 && session.end()) {
        session.link().close(Link.CloseReason.SILENT, "nothing heard for 45 s");
        sessions.remove(session.device(), session);
        silent.add(new Ending(session, LinkEnd.SILENT, clock.instant()));
      }
    }
    settle(silent);
  }

  /// All in one transaction: a whole site may have lost its line at once.
  private void endLeases(Instant now) {
    List<DeviceId> ended = leases.endedBy(now);
    if (ended.isEmpty()) {
      return;
    }
    try {
      transactions.write(() -> {
        ended.forEach(id -> endLease(id, now));
        return ended.size();
      });
    } catch (RuntimeException e) {
      ended.forEach(id -> leases.add(id, now));
      throw e;
    }
  }

  private void endLease(DeviceId id, Instant now) {
    devices
        .find(id)
        .filter(device -> device.state().leaseHasEnded(now))
        .ifPresent(device -> {
          devices.saveState(id, device.state().expired());
          events.emit(Event.DEVICE_OFFLINE, Optional.of(id), Map.of());
        });
  }

  /// Closes every link because the server stops, telling devices within which time to come back.
  /// Presence is left as it is: held, so that the next run calls them unknown, not offline.
  public void closeAll() {
    // Behind every link that is being opened.
    transactions.write(() -> stopping = true);
    flush();
    List<Session> ended = sessions.values().stream().filter(Session::end).toList();
    sessions.clear();
    String window = "window=" + returning.windowFor(ended.size()).toSeconds();
    ended.forEach(session -> session.link().close(Link.CloseReason.RESTART, window));
    Connection.End end = new Connection.End(clock.instant(), LinkEnd.RESTART);
    transactions.write(() -> {
      ended.forEach(session -> connections.end(session.device(), session.state().epoch(), end));
      return ended.size();
    });
  }
}
