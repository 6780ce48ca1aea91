package muster.deploy;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.DeviceQuery;
import muster.device.DeviceStore;
import muster.device.Devices;
import muster.enrollment.Provisions;
import muster.enrollment.Registered;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.FilterException;
import muster.filter.Op;
import muster.filter.Order;
import muster.id.DeviceId;
import muster.link.Elapsed;
import muster.link.Links;
import muster.page.PageRequest;
import muster.work.Watch;

/// Installations over SSH (F132), four at once. Each runs on its caller's thread to its end, also
/// when nobody waits for the answer any more. Shared by all threads; which machines are being
/// worked on, and whether the server stops, is its only state.
public final class Deploys {
  private static final int AT_ONCE = 4;
  private static final Duration HELLO_WITHIN = Duration.ofSeconds(45);
  private static final long POLL_MILLIS = 500;
  private static final String ACTION = "device.deploy";

  private final SshHosts hosts;
  private final AgentFiles files;
  private final Supplier<String> publicUrl;
  private final Provisions provisions;
  private final Devices devices;
  private final DeviceStore store;
  private final Links links;
  private final Audit audit;
  private final Elapsed elapsed;
  private final Watch<DeviceId> hellos = new Watch<>();
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Semaphore slots = new Semaphore(AT_ONCE);
  private volatile boolean isStopping;

  /// @param publicUrl by which machines reach this server
  public Deploys(
      SshHosts hosts,
      AgentFiles files,
      Supplier<String> publicUrl,
      Provisions provisions,
      Devices devices,
      DeviceStore store,
      Links links,
      Events events,
      Audit audit,
      Elapsed elapsed) {
    this.hosts = hosts;
    this.files = files;
    this.publicUrl = publicUrl;
    this.provisions = provisions;
    this.devices = devices;
    this.store = store;
    this.links = links;
    this.audit = audit;
    this.elapsed = elapsed;
    events.subscribe(event -> {
      if (event.type().equals(Event.DEVICE_ONLINE)) {
        event.device().ifPresent(hellos::wake);
      }
    });
  }

  /// Installs the agent and returns when it has connected, 120 s later at most. What fails leaves
  /// nothing there, and no device here; a device that was to be replaced keeps the key it had.
  ///
  /// @throws Fault INVALID_ARGUMENT for a key that may not be used; ALREADY_EXISTS for a machine
  ///   that a device was deployed to, or is being; RESOURCE_EXHAUSTED when four are under way;
  ///   UNAVAILABLE when the server is stopping; FAILED_PRECONDITION with the reasons of [Step] and
  ///   the step that failed
  public Deployed deploy(Caller caller, Deployment wanted) {
    Access.requireUnscoped(caller, Permission.DEVICE_DEPLOY);
    Attempt attempt = new Attempt(wanted, () -> isStopping);
    try {
      enter(wanted);
      try {
        Deployed deployed = deployed(caller, wanted, attempt);
        audit.record(caller, ACTION, deployed.device().id().value(), attempt.facts());
        return deployed;
      } finally {
        underWay.remove(wanted.target());
        slots.release();
      }
    } catch (RuntimeException e) {
      Map<String, String> facts = new HashMap<>(attempt.facts());
      facts.put("error", e instanceof Fault ? e.getMessage() : "internal error");
      audit.refused(caller, ACTION, wanted.target(), facts);
      throw e;
    }
  }

  /// Lets nothing begin any more, ends what is under way, and returns when all of it has cleaned
  /// up, `within` later at most.
  public void stop(Duration within) {
    isStopping = true;
    try {
      if (!slots.tryAcquire(AT_ONCE, within.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("an installation over SSH was not cleaned up in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void enter(Deployment wanted) {
    if (isStopping) {
      throw new Fault(FaultCode.UNAVAILABLE, "the server is stopping");
    }
    if (!underWay.add(wanted.target())) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "an installation on %s is under way".formatted(wanted.target()),
          Map.of(Fault.REASON, "under_way"));
    }
    if (!slots.tryAcquire()) {
      underWay.remove(wanted.target());
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "%d installations are under way (expected: fewer)".formatted(AT_ONCE),
          Map.of(Fault.RETRY_AFTER_SECONDS, "10"));
    }
  }

  private Deployed deployed(Caller caller, Deployment wanted, Attempt attempt) {
    SshKey key = hosts.key(wanted.key(), wanted.passphrase());
    Optional<Device> before = deployedTo(wanted);
    if (before.isPresent() && !wanted.replace()) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "%s was deployed to as %s, %s (expected: replace, for a new key of that device)"
              .formatted(wanted.target(), before.get().name(), before.get().id()),
          Map.of(Fault.REASON, "deployed"));
    }
    String base = publicUrl.get();
    requireReachable(base, wanted);
    try (SshHost host = hosts.connect(wanted, key, attempt::within, attempt::keyShown)) {
      attempt.done(Step.AUTHENTICATE);
      Installer installer = new Installer(host, files, base, attempt);
      try {
        installer.preflight(wanted);
        attempt.done(Step.PREFLIGHT);
        installer.copy();
        attempt.done(Step.COPY);
        return installed(caller, wanted, attempt, installer, before);
      } finally {
        isDone(installer::removeCopy);
      }
    }
  }

  private Optional<Device> deployedTo(Deployment wanted) {
    try {
      Filter there =
          DeviceFields.SCHEMA.term("metadata." + Deployment.DEPLOYED_TO, Op.EQ, wanted.target());
      return store
          .find(new DeviceQuery(there, Order.BY_ID, PageRequest.first(1)), Instant.EPOCH)
          .items()
          .stream()
          .findFirst();
    } catch (FilterException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Refuses to send a machine to itself.
  private static void requireReachable(String base, Deployment wanted) {
    if (isLoopback(String.valueOf(URI.create(base).getHost())) && !isLoopback(wanted.host())) {
      throw Step.PREFLIGHT.failed(
          "server.public_url is %s, where %s cannot reach this server (expected: a URL that it can)"
              .formatted(base, wanted.host()));
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw Step.CONNECT.failed("%s: no such host".formatted(host));
    }
  }

  private Deployed installed(
      Caller caller,
      Deployment wanted,
      Attempt attempt,
      Installer installer,
      Optional<Device> before) {
    Registered device =
        before
            .map(known -> provisions.renew(caller, known.id(), wanted.plan()))
            .orElseGet(() -> provisions.create(caller, wanted.plan()));
    try {
      installer.install(device, wanted.replace());
      attempt.done(Step.INSTALL);
      awaitHello(device, attempt);
      attempt.done(Step.HELLO);
      return new Deployed(device.device(), device.token(), attempt.hostKey(), attempt.steps());
    } catch (RuntimeException e) {
      // First here, which takes no time: the server may be stopping.
      withdraw(device, before.isPresent());
      throw isDone(() -> installer.uninstall(device)) ? e : unclean(e);
    }
  }

  private void withdraw(Registered device, boolean wasThere) {
    if (wasThere) {
      provisions.withdraw(device.token());
    } else {
      devices.delete(Caller.SERVER, device.device().id());
    }
  }

  private static RuntimeException unclean(RuntimeException e) {
    return e instanceof Fault fault
        ? new Fault(
            fault.code(),
            fault.getMessage() + "; what is left there could not be removed",
            fault.details())
        : e;
  }

  /// Whether cleaning up worked; the failure before it is what people are told.
  private static boolean isDone(Runnable cleaning) {
    try {
      cleaning.run();
      return true;
    } catch (Fault e) {
      return false;
    }
  }

  private void awaitHello(Registered device, Attempt attempt) {
    DeviceId id = device.device().id();
    long until = elapsed.nanos() + HELLO_WITHIN.toNanos();
    Limit limit = attempt.within(HELLO_WITHIN);
    try (Watch<DeviceId>.Watcher watcher = hellos.watch(id)) {
      while (!isConnectedBy(device) || !isTheOnlyKey(device)) {
        if (elapsed.nanos() >= until || limit.isOver()) {
          throw Step.HELLO.late(
              isStopping
                  ? limit.reason()
                  : "the agent was started, but has not connected to %s"
                      .formatted(publicUrl.get()));
        }
        watcher.await(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Step.HELLO.late("the server is stopping");
    }
  }

  private boolean isConnectedBy(Registered device) {
    return links
        .find(device.device().id())
        .filter(session -> session.credential().equals(device.token().id()))
        .isPresent();
  }

  /// Makes it that, and cuts a link that an earlier key has opened meanwhile: none can from here
  /// on.
  private boolean isTheOnlyKey(Registered device) {
    DeviceId id = device.device().id();
    provisions.settle(id, device.token());
    boolean isConnected = isConnectedBy(device);
    if (!isConnected) {
      links.cut(id, "the device has a new key");
    }
    return isConnected;
  }
}
