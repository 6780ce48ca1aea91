package muster.link;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// The registry of live links and the keeper of presence. Shared by all threads; `sessions` is a
/// concurrent map, each session guards itself, and no lock is held while the store or a link is
/// called.
public final class Links {
  /// A tick later than this means that the whole process stood still; silence meanwhile proves
  /// nothing about the devices.
  private static final Duration OWN_PAUSE = Duration.ofSeconds(5);

  private final Transactions transactions;
  private final DeviceStore devices;
  private final Events events;
  private final InstantSource clock;
  private final Executor executor;
  private final ConcurrentMap<DeviceId, Session> sessions = new ConcurrentHashMap<>();
  private final Leases leases = new Leases();
  private volatile Instant lastTick;
  private volatile Instant noSilenceBefore;

  /// @param executor runs what hands out commands; each task may block
  public Links(
      Transactions transactions,
      DeviceStore devices,
      Events events,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.devices = devices;
    this.events = events;
    this.clock = clock;
    this.executor = executor;
    this.lastTick = clock.instant();
    this.noSilenceBefore = lastTick;
    events.subscribe(event -> {
      if (event.type().equals(Event.DEVICE_DELETED)) {
        event.device().ifPresent(id -> cut(id, "deleted"));
      }
    });
  }

  /// Takes over what the last run of the server left: links that were held then get a lease of 45 s
  /// to come back in, and are unknown until then. Called once, before the first connection.
  public void recover() {
    Instant until = clock.instant().plus(DeviceState.LEASE);
    transactions.write(() -> devices.releaseHeld(until));
    devices.openLeases().forEach(leases::add);
  }

  /// Opens a session for a device over a link; an earlier one is closed as replaced. Nothing is
  /// handed out over it until it is [Session#welcomed()].
  ///
  /// @throws Fault PERMISSION_DENIED when the device was deleted or turned away meanwhile
  public Session connect(DeviceId id, Link link, String address, String bootId) {
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
          DeviceState held = before.connected(address, now);
          devices.saveState(id, held);
          if (Presence.of(before, now).state() == Presence.State.OFFLINE) {
            events.emit(Event.DEVICE_ONLINE, Optional.of(id), Map.of("address", address));
          }
          Session opened = new Session(id, link, bootId, held, executor);
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

  private static Fault turnedAway(DeviceId id) {
    return new Fault(
        FaultCode.PERMISSION_DENIED, "device %s was deleted or is not approved".formatted(id));
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

  /// A sign of life, with or without a sample of measures.
  public void heard(Session session, Optional<Health> health) {
    session.heard(clock.instant(), health);
  }

  /// The link of a session is gone. `saidGoodbye` when the device ended it on purpose.
  public void disconnected(Session session, boolean saidGoodbye) {
    if (!session.end()) {
      return;
    }
    sessions.remove(session.device(), session);
    Instant now = clock.instant();
    DeviceState after = session.state().disconnected(saidGoodbye, now);
    boolean[] offline = {false};
    transactions.write(() -> {
      boolean stored = devices.saveState(session.device(), after);
      offline[0] = stored && !now.isBefore(after.onlineUntil());
      if (offline[0]) {
        events.emit(Event.DEVICE_OFFLINE, Optional.of(session.device()), Map.of());
      }
      return stored;
    });
    if (!offline[0]) {
      leases.add(session.device(), after.onlineUntil());
    }
  }

  /// Ends a device's link at once: its credential is dead.
  public void cut(DeviceId device, String why) {
    find(device)
        .ifPresent(session -> {
          session.link().close(Link.CloseReason.CUT, why);
          disconnected(session, true);
        });
  }

  /// What has to be done now and then, at least once a second: stores heartbeats, closes silent
  /// links, and notices leases that ran out.
  public void tick() {
    Instant now = clock.instant();
    if (Duration.between(lastTick, now).compareTo(OWN_PAUSE) > 0) {
      noSilenceBefore = now.plus(Link.MAX_SILENCE);
    }
    lastTick = now;
    flush();
    if (!now.isBefore(noSilenceBefore)) {
      closeSilent(now);
    }
    leases.endedBy(now).forEach(device -> leaseEnded(device, now));
  }

  /// Stores the heartbeats that came since the last time.
  public void flush() {
    if (sessions.values().stream().noneMatch(Session::hasChange)) {
      return;
    }
    transactions.write(() -> {
      Map<DeviceId, DeviceState> changed = new HashMap<>();
      sessions.forEach(
          (id, session) -> session.takeChange().ifPresent(state -> changed.put(id, state)));
      return devices.saveStates(changed);
    });
  }

  private void closeSilent(Instant now) {
    Instant limit = now.minus(Link.MAX_SILENCE);
    List<Session> silent = new ArrayList<>();
    for (Session session : sessions.values()) {
      if (session.lastHeard().isBefore(limit)) {
        silent.add(session);
      }
    }
    for (Session session : silent) {
      session.link().close(Link.CloseReason.SILENT, "nothing heard for 45 s");
      disconnected(session, false);
    }
  }

  private void leaseEnded(DeviceId id, Instant now) {
    transactions.write(() -> {
      Optional<Device> ended = devices.find(id).filter(device -> device.state().leaseHasEnded(now));
      ended.ifPresent(device -> {
        devices.saveState(id, device.state().expired());
        events.emit(Event.DEVICE_OFFLINE, Optional.of(id), Map.of());
      });
      return ended.isPresent();
    });
  }

  /// Closes every link because the server stops, telling devices to come back within `window`.
  /// Presence is left as it is: held, so that the next run calls them unknown, not offline.
  public void closeAll(Duration window) {
    flush();
    for (Session session : sessions.values()) {
      if (session.end()) {
        session.link().close(Link.CloseReason.RESTART, "window=" + window.toSeconds());
      }
    }
    sessions.clear();
  }
}
