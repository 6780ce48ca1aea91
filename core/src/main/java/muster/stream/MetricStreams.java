package muster.stream;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.DeviceState;
import muster.device.Devices;
import muster.device.Health;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.id.DeviceId;
import muster.link.Links;
import muster.link.Session;

/// The measures of devices for people and programs, as they come in. A device that somebody watches
/// tells them every 5 s. Shared by all threads; the map is concurrent, and nothing blocks while one
/// of its entries is changed.
public final class MetricStreams {
  /// How often a device tells its measures while somebody watches.
  private static final Duration WATCHED = Duration.ofSeconds(5);

  private final Devices devices;
  private final Links links;
  private final Credentials credentials;
  private final InstantSource clock;
  private final Duration usual;
  private final ConcurrentMap<DeviceId, WatchedDevice> watched = new ConcurrentHashMap<>();

  /// @param usual how often devices tell their measures when nobody watches
  public MetricStreams(
      Devices devices,
      Links links,
      Credentials credentials,
      Events events,
      InstantSource clock,
      Duration usual) {
    this.devices = devices;
    this.links = links;
    this.credentials = credentials;
    this.clock = clock;
    this.usual = usual;
    links.onSample(this::sample);
    events.subscribe(
        event -> event.device().ifPresent(id -> with(id, device -> on(event, device))));
  }

  private static void on(Event event, WatchedDevice device) {
    switch (event.type()) {
      case Event.DEVICE_OFFLINE -> device.offline(true);
      case Event.DEVICE_ONLINE -> device.offline(false);
      default -> {
        if (event.turnsAway()) {
          device.end("the device was " + event.verb());
        }
      }
    }
  }

  private void with(DeviceId id, Consumer<WatchedDevice> change) {
    WatchedDevice device = watched.get(id);
    if (device != null) {
      change.accept(device);
    }
  }

  /// A device has told its measures.
  public void sample(DeviceId id, Health health) {
    with(id, device -> device.sample(health));
  }

  /// A device has connected: it knows nothing yet of those who watch.
  public void ready(Session session) {
    // As one change with those who come and go: the last word on the pace is the right one.
    watched.computeIfPresent(
        session.device(),
        (id, device) -> {
          pace(session, shortest());
          return device;
        });
  }

  /// Begins to watch a device. The result must be run.
  public MetricViewer watch(Caller caller, DeviceId id) {
    WatchedDevice device = joined(id, devices.get(caller, id));
    AtomicBoolean gone = new AtomicBoolean();
    return new MetricViewer(
        device,
        () -> devices.lookUp(caller, id).flatMap(found -> found.state().lastSeen()),
        new ViewRight(credentials, devices, caller, id, Permission.DEVICE_VIEW),
        () -> {
          if (gone.compareAndSet(false, true)) {
            leave(id, device);
          }
        });
  }

  private WatchedDevice joined(DeviceId id, Device found) {
    return watched.compute(
        id,
        (same, present) -> {
          WatchedDevice device = present == null ? begin(id, found) : present;
          device.viewers++;
          return device;
        });
  }

  private WatchedDevice begin(DeviceId id, Device found) {
    Optional<Session> session = links.find(id);
    session.filter(Session::isReady).ifPresent(connected -> pace(connected, shortest()));
    DeviceState state = session.map(Session::state).orElse(found.state());
    boolean offline =
        session.isEmpty() && Presence.of(found, clock.instant()).state() == Presence.State.OFFLINE;
    return new WatchedDevice(state.health(), offline);
  }

  private void leave(DeviceId id, WatchedDevice device) {
    watched.compute(
        id,
        (same, present) -> {
          device.viewers--;
          if (device.viewers > 0 || present != device) {
            return present;
          }
          links.find(id).ifPresent(session -> pace(session, usual));
          return null;
        });
  }

  private Duration shortest() {
    return Collections.min(List.of(WATCHED, usual));
  }

  private static void pace(Session session, Duration interval) {
    if (session.link() instanceof StreamLink link) {
      link.pace(interval);
    }
  }

  /// Ends all, because the server stops.
  public void closeAll() {
    watched.values().forEach(device -> device.end("the server stops"));
  }
}
