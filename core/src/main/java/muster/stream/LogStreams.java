package muster.stream;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.event.Events;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.link.Links;
import muster.link.Session;
import muster.tx.Transactions;

/// Logs of devices for people and programs. Shared by all threads; the map of feeds is concurrent,
/// and nothing blocks while one of its entries is changed.
public final class LogStreams {
  private final Transactions transactions;
  private final Devices devices;
  private final Links links;
  private final Credentials credentials;
  private final Audit audit;
  private final LogFormat format;

  /// Those that newcomers join.
  private final ConcurrentMap<Key, LogFeed> feeds = new ConcurrentHashMap<>();

  /// All that somebody watches.
  private final Set<LogFeed> watched = ConcurrentHashMap.newKeySet();

  private record Key(DeviceId device, LogSource source) {}

  public LogStreams(
      Transactions transactions,
      Devices devices,
      Links links,
      Credentials credentials,
      Events events,
      Audit audit,
      LogFormat format) {
    this.transactions = transactions;
    this.devices = devices;
    this.links = links;
    this.credentials = credentials;
    this.audit = audit;
    this.format = format;
    events.subscribe(event -> {
      if (event.turnsAway()) {
        event
            .device()
            .ifPresent(
                id -> endAll(feed -> feed.device.equals(id), "the device was " + event.verb()));
      }
    });
  }

  /// How many logs devices read for us.
  public int feeds() {
    return watched.size();
  }

  /// Begins to watch a log; when this returns the device reads it. The result must be run.
  ///
  /// @throws Fault FAILED_PRECONDITION when the device is away, its agent is too old, or it refuses
  public LogViewer watch(Caller caller, DeviceId id, LogRequest request)
      throws InterruptedException {
    Access.require(caller, Permission.LOG_VIEW);
    devices.get(caller, id);
    StreamLink link = link(id);
    Key key = new Key(id, request.source());
    LogFeed feed = joined(key, link, request);
    AtomicBoolean gone = new AtomicBoolean();
    Runnable leave =
        () -> {
          if (gone.compareAndSet(false, true)) {
            leave(key, feed);
          }
        };
    try {
      feed.begin();
      record(caller, id, request.source());
    } catch (RuntimeException | InterruptedException e) {
      leave.run();
      throw e;
    }
    ViewRight right = new ViewRight(credentials, devices, caller, id, Permission.LOG_VIEW);
    return new LogViewer(feed, request, format, right, leave);
  }

  private StreamLink link(DeviceId id) {
    Session connected =
        links
            .find(id)
            .filter(Session::isReady)
            .orElseThrow(() ->
                Fault.failedPrecondition("device %s is offline".formatted(id), "device_offline"));
    if (connected.link() instanceof StreamLink link) {
      return link;
    }
    throw Fault.failedPrecondition(
        "the agent of device %s can't follow logs".formatted(id), "logs_missing");
  }

  private LogFeed joined(Key key, StreamLink link, LogRequest request) {
    return feeds.compute(
        key,
        (same, present) -> {
          LogFeed feed = present;
          if (feed == null || !feed.serves(link, request)) {
            LogRequest asked = feed == null ? request : request.withAllHistory();
            feed = new LogFeed(key.device(), link, asked, format);
          }
          feed.viewers++;
          watched.add(feed);
          return feed;
        });
  }

  /// The last one turns off the light.
  private void leave(Key key, LogFeed feed) {
    feeds.compute(
        key,
        (same, present) -> {
          feed.viewers--;
          if (feed.viewers > 0) {
            return present;
          }
          watched.remove(feed);
          feed.link.unfollow(feed.id);
          return present == feed ? null : present;
        });
  }

  private void record(Caller caller, DeviceId id, LogSource source) {
    transactions.write(() -> {
      Device device = devices.get(caller, id);
      if (device.approval() != Approval.APPROVED) {
        throw Fault.failedPrecondition(
            "device %s is %s".formatted(id, device.approval().word()), "device_not_approved");
      }
      Map<String, String> facts = new HashMap<>();
      facts.put("source", source.kind());
      source.unit().ifPresent(unit -> facts.put("unit", unit));
      source.path().ifPresent(path -> facts.put("path", path));
      audit.record(caller, "logs.follow", id.value(), facts);
      return device;
    });
  }

  private void endAll(Predicate<LogFeed> which, String why) {
    watched.stream().filter(which).forEach(feed -> feed.ended(why));
  }

  /// Ends all, because the server stops.
  public void closeAll() {
    endAll(feed -> true, "the server stops");
  }
}
