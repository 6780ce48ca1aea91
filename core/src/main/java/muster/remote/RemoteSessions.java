package muster.remote;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.RandomIds;
import muster.link.Elapsed;
import muster.link.Links;
import muster.link.Session;
import muster.tx.Transactions;

/// Remote sessions for people and programs: begin, use, stop. Shared by all threads; the two maps
/// are concurrent, adding to them is guarded by `sessions`, and nothing is called while it is held.
public final class RemoteSessions {
  private static final int MOST_OF_DEVICE = 4;
  private static final int MOST = 256;
  private static final int MOST_CHANNELS = 64;
  private static final Duration TICKET = Duration.ofSeconds(30);

  /// How long a session waits for its first use.
  private static final Duration UNUSED = Duration.ofMinutes(2);

  private final Transactions transactions;
  private final Devices devices;
  private final Links links;
  private final Credentials credentials;
  private final Recordings recordings;
  private final Audit audit;
  private final InstantSource clock;
  private final Elapsed elapsed;
  private final Duration maxIdle;
  private final ConcurrentMap<String, LiveSession> sessions = new ConcurrentHashMap<>();

  /// By name, those whose device has not come.
  private final ConcurrentMap<String, RemoteChannel> awaited = new ConcurrentHashMap<>();

  /// Ends that are not on record yet.
  private final Queue<Runnable> unrecorded = new ConcurrentLinkedQueue<>();

  /// @param maxIdle after which a session without any bytes ends
  public RemoteSessions(
      Transactions transactions,
      Devices devices,
      Links links,
      Credentials credentials,
      Events events,
      Recordings recordings,
      Audit audit,
      InstantSource clock,
      Elapsed elapsed,
      Duration maxIdle) {
    this.transactions = transactions;
    this.devices = devices;
    this.links = links;
    this.credentials = credentials;
    this.recordings = recordings;
    this.audit = audit;
    this.clock = clock;
    this.elapsed = elapsed;
    this.maxIdle = maxIdle;
    events.subscribe(event -> {
      if (event.turnsAway()) {
        event.device().ifPresent(id -> endAllOf(id, "the device was " + event.verb()));
      }
    });
  }

  /// A session that was begun, and the ticket for one use of its socket.
  public record Started(RemoteSession session, String ticket, Instant expiresAt) {}

  /// Begins a session. Of a terminal the shell runs on the device when this returns; of a tunnel
  /// only its policy was asked, connections are made as they are used.
  ///
  /// @throws Fault FAILED_PRECONDITION when the device is away, has as many sessions as it may
  ///   have, or refuses
  public Started start(Caller caller, DeviceId id, RemoteRequest request)
      throws InterruptedException {
    Access.require(caller, Permission.DEVICE_REMOTE);
    devices.get(caller, id);
    LiveSession session =
        new LiveSession(RandomIds.next("ses"), id, request, caller, clock.instant(), elapsed);
    RemoteLink link = link(id);
    add(session);
    try {
      record(session);
    } catch (RuntimeException e) {
      sessions.remove(session.id);
      throw e;
    }
    try {
      recordings.begin(session).ifPresent(session::recordWith);
      if (session.isTerminal()) {
        open(session, link);
      } else {
        ask(link, new RemoteLink.Order(session.id, Optional.empty(), request));
      }
    } catch (RuntimeException | InterruptedException e) {
      end(session, RemoteSocket.ENDED, "it did not begin: " + e.getMessage());
      throw e;
    }
    String ticket = Ticket.newText();
    session.admit(ticket, TICKET);
    return new Started(session.snapshot(), ticket, clock.instant().plus(TICKET));
  }

  private RemoteLink link(DeviceId id) {
    Session connected =
        links
            .find(id)
            .filter(Session::isReady)
            .orElseThrow(() ->
                Fault.failedPrecondition("device %s is offline".formatted(id), "device_offline"));
    if (connected.link() instanceof RemoteLink link) {
      return link;
    }
    throw Fault.failedPrecondition(
        "the agent of device %s has no remote sessions".formatted(id), "remote_missing");
  }

  private void add(LiveSession session) {
    synchronized (sessions) {
      if (of(session.device).size() >= MOST_OF_DEVICE || sessions.size() >= MOST) {
        throw Fault.failedPrecondition(
            "too many remote sessions (expected: at most %d of a device, %d in all); stop one"
                .formatted(MOST_OF_DEVICE, MOST),
            "too_many_sessions");
      }
      sessions.put(session.id, session);
    }
  }

  private List<LiveSession> of(DeviceId device) {
    return sessions.values().stream().filter(session -> session.device.equals(device)).toList();
  }

  /// Whoever blocks the device from here on finds the session: it stands in the map already.
  private void record(LiveSession session) {
    transactions.write(() -> {
      Device device = devices.get(session.starter, session.device);
      if (device.approval() != Approval.APPROVED) {
        throw Fault.failedPrecondition(
            "device %s is %s".formatted(device.id(), device.approval().word()),
            "device_not_approved");
      }
      audit.record(session.starter, "remote.start", device.id().value(), facts(session));
      return device;
    });
  }

  private static Map<String, String> facts(LiveSession session) {
    Map<String, String> facts = new HashMap<>();
    facts.put("session", session.id);
    facts.put("type", session.request.kind().word());
    session.request.target().ifPresent(target -> facts.put("target", target.toString()));
    return facts;
  }

  /// Lets the device open one more channel.
  private RemoteChannel open(LiveSession session, RemoteLink link) throws InterruptedException {
    RemoteChannel channel = new RemoteChannel(RandomIds.text(32), session);
    synchronized (session.channels) {
      if (session.channels.size() >= MOST_CHANNELS) {
        throw Fault.failedPrecondition(
            "too many connections (expected: at most %d of a session)".formatted(MOST_CHANNELS),
            "too_many_connections");
      }
      session.channels.add(channel);
    }
    awaited.put(channel.name(), channel);
    try {
      ask(link, new RemoteLink.Order(session.id, Optional.of(channel.name()), session.request));
      session.closeIfEnded(channel);
      return channel;
    } catch (RuntimeException | InterruptedException e) {
      forget(session, channel);
      throw e;
    }
  }

  private void forget(LiveSession session, RemoteChannel channel) {
    session.channels.remove(channel);
    awaited.remove(channel.name());
  }

  private static void ask(RemoteLink link, RemoteLink.Order order) throws InterruptedException {
    CompletableFuture<Optional<Fault>> answer = new CompletableFuture<>();
    link.remote(order, answer::complete);
    try {
      Optional<Fault> refusal = answer.get(RemoteLink.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (refusal.isPresent()) {
        throw refusal.get();
      }
    } catch (TimeoutException | ExecutionException e) {
      throw new Fault(FaultCode.UNAVAILABLE, "the device did not answer");
    }
  }

  /// Lets in who shows a session's ticket, once.
  ///
  /// @throws Fault UNAUTHENTICATED whatever is wrong with it
  public RemoteSeat admit(DeviceId device, String id, String ticket) {
    Optional<LiveSession> session =
        Optional.ofNullable(sessions.get(id))
            .filter(live -> live.device.equals(device) && live.spend(ticket));
    return new RemoteSeat(
        this,
        session.orElseThrow(
            () -> Fault.unauthenticated("the session's ticket is unknown, used or expired")));
  }

  /// Lets in who began the session.
  ///
  /// @throws Fault NOT_FOUND also for somebody else's
  public RemoteSeat admit(Caller caller, DeviceId device, String id) {
    Access.require(caller, Permission.DEVICE_REMOTE);
    devices.get(caller, device);
    LiveSession session =
        Optional.ofNullable(sessions.get(id))
            .filter(live ->
                live.device.equals(device)
                    && live.starter.principalId().equals(caller.principalId()))
            .orElseThrow(() -> Fault.notFound("remote session", id));
    if (session.isTerminal() && session.channels.stream().anyMatch(RemoteChannel::isTaken)) {
      throw Fault.failedPrecondition("the session is in use already", "session_in_use");
    }
    return new RemoteSeat(this, session);
  }

  /// Sits down: returns when the person has left or the session has ended.
  void use(LiveSession session, RemoteSocket person) throws InterruptedException {
    session.use();
    if (session.isTerminal()) {
      useTerminal(session, person);
    } else {
      useTunnel(session, person);
    }
  }

  private void useTerminal(LiveSession session, RemoteSocket person) throws InterruptedException {
    Optional<RemoteChannel> only = session.channels.stream().findFirst();
    if (only.isEmpty()) {
      person.close(RemoteSocket.ENDED, "the session has ended");
      return;
    }
    String why;
    try {
      why = only.get().join(person);
    } catch (Fault fault) {
      why = "it could not be recorded: " + fault.getMessage();
    }
    if (!why.isEmpty()) {
      end(session, RemoteSocket.ENDED, why);
    }
  }

  private void useTunnel(LiveSession session, RemoteSocket person) throws InterruptedException {
    RemoteChannel channel;
    try {
      channel = open(session, link(session.device));
    } catch (Fault fault) {
      person.close(RemoteSocket.ENDED, fault.getMessage());
      return;
    }
    try {
      channel.join(person);
    } finally {
      forget(session, channel);
      channel.close(RemoteSocket.NORMAL, "");
    }
  }

  /// The channel that a device was asked to open under that name; once.
  public Optional<RemoteChannel> expected(DeviceId device, String name) {
    return Optional.ofNullable(awaited.get(name))
        .filter(channel -> channel.isOf(device) && awaited.remove(name, channel));
  }

  /// Sessions that are open, oldest first.
  ///
  /// @param device empty for those of all devices
  public List<RemoteSession> list(Caller caller, Optional<DeviceId> device) {
    Access.require(caller, Permission.DEVICE_REMOTE);
    if (device.isPresent()) {
      devices.get(caller, device.get());
    } else {
      Access.requireUnscoped(caller, Permission.DEVICE_REMOTE);
    }
    return sessions.values().stream()
        .filter(session -> device.isEmpty() || device.get().equals(session.device))
        .map(LiveSession::snapshot)
        .sorted(Comparator.comparing(RemoteSession::startedAt))
        .toList();
  }

  /// Stops one session of a device, or all of them.
  ///
  /// @return how many
  /// @throws Fault NOT_FOUND when there is none
  public int stop(Caller caller, DeviceId device, Optional<String> id) {
    Access.require(caller, Permission.DEVICE_REMOTE);
    devices.get(caller, device);
    List<LiveSession> found =
        of(device).stream().filter(session -> id.isEmpty() || id.get().equals(session.id)).toList();
    if (found.isEmpty()) {
      throw id.map(named -> Fault.notFound("remote session", named))
          .orElseGet(() ->
              new Fault(FaultCode.NOT_FOUND, "device %s has no remote session".formatted(device)));
    }
    audit.record(
        caller,
        "remote.stop",
        device.value(),
        Map.of("sessions", String.join(",", found.stream().map(live -> live.id).toList())));
    found.forEach(session -> end(session, RemoteSocket.ENDED, "stopped by " + caller.principal()));
    return found.size();
  }

  private void endAllOf(DeviceId device, String why) {
    of(device).forEach(session -> end(session, RemoteSocket.ENDED, why));
  }

  /// Ends what nobody uses, and what somebody uses who may not any more. Called once a second.
  public void tick() {
    recordEnds();
    for (LiveSession session : sessions.values()) {
      if (session.idle().compareTo(maxIdle) >= 0) {
        end(session, RemoteSocket.ENDED, "idle for %d min".formatted(maxIdle.toMinutes()));
      } else if (!session.wasUsed() && session.lasted().compareTo(UNUSED) >= 0) {
        end(session, RemoteSocket.ENDED, "not used within %d min".formatted(UNUSED.toMinutes()));
      } else if (!mayGoOn(session)) {
        end(session, RemoteSocket.ENDED, "the right to it was taken away");
      }
    }
  }

  private boolean mayGoOn(LiveSession session) {
    try {
      Caller present = credentials.renewed(session.starter);
      return Access.allows(present, Permission.DEVICE_REMOTE)
          && devices.lookUp(present, session.device).isPresent();
    } catch (Fault gone) {
      return false;
    }
  }

  /// Ends all, because the server stops.
  public void closeAll() {
    List<LiveSession> all = new ArrayList<>(sessions.values());
    all.forEach(session -> end(session, RemoteSocket.GOING_AWAY, "the server stops"));
  }

  private void end(LiveSession session, int code, String why) {
    if (!session.end(code, why)) {
      return;
    }
    sessions.remove(session.id);
    for (RemoteChannel channel : session.channels) {
      awaited.remove(channel.name());
      channel.close(code, why);
    }
    unrecorded.add(() -> recordEnd(session, why));
    try {
      session.stopRecording();
    } finally {
      recordEnds();
    }
  }

  /// Puts on record what has ended. What the store does not take now, because its disk is full, is
  /// tried again: nobody's session goes on for that.
  private void recordEnds() {
    for (Runnable next = unrecorded.poll(); next != null; next = unrecorded.poll()) {
      try {
        next.run();
      } catch (RuntimeException e) {
        unrecorded.add(next);
        return;
      }
    }
  }

  private void recordEnd(LiveSession session, String why) {
    RemoteSession last = session.snapshot();
    Map<String, String> facts = facts(session);
    facts.put("why", why);
    facts.put("seconds", Long.toString(session.lasted().toSeconds()));
    facts.put("sent", Long.toString(last.sent()));
    facts.put("received", Long.toString(last.received()));
    Origin origin = new Origin("server", session.starter.origin().address(), "");
    audit.record(session.starter.at(origin), "remote.end", session.device.value(), facts);
  }
}
