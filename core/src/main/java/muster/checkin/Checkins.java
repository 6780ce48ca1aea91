package muster.checkin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.command.Command;
import muster.command.CommandEvent;
import muster.command.CommandLink;
import muster.command.CommandStatus;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.command.OutputChunk;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.link.Arrival;
import muster.link.Link;
import muster.link.Links;
import muster.link.Session;
import muster.tx.Transactions;

/// What devices say, whatever protocol they speak.
public final class Checkins {
  /// How long a connected machine has to answer when another shows its credential.
  private static final Duration CLONE_PROBE = Duration.ofSeconds(3);

  private static final Duration CLONE_POLL = Duration.ofMillis(50);

  /// Seconds until a device that is pending or blocked asks again: somebody may be about to approve
  /// or unblock it, and its credential is still good then.
  private static final String ASK_AGAIN = "15";

  /// What a device can do that says nothing of it.
  private static final List<String> LEAST = List.of("bash");

  private final Transactions transactions;
  private final DeviceStore devices;
  private final Credentials credentials;
  private final Links links;
  private final Deliveries deliveries;
  private final Executions executions;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  public Checkins(
      Transactions transactions,
      DeviceStore devices,
      Credentials credentials,
      Links links,
      Deliveries deliveries,
      Executions executions,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.devices = devices;
    this.credentials = credentials;
    this.links = links;
    this.deliveries = deliveries;
    this.executions = executions;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
  }

  /// The device that a caller is, before anything else is said.
  ///
  /// @throws Fault UNAUTHENTICATED for a caller that is no device, PERMISSION_DENIED for a device
  ///   that is not approved
  public Identity identity(Caller caller) {
    if (caller.kind() != Caller.Kind.DEVICE) {
      throw Fault.unauthenticated("not a device's token");
    }
    Device device =
        devices
            .find(new DeviceId(caller.id()))
            .map(Checkins::approved)
            .orElseThrow(() -> Fault.unauthenticated("the token is unknown, expired or revoked"));
    return new Identity(device.id(), caller.credential());
  }

  private static Device approved(Device device) {
    if (device.approval() != Approval.APPROVED) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "device %s is %s".formatted(device.id(), device.approval().word()),
          refusal(device.approval()));
    }
    return device;
  }

  private static Map<String, String> refusal(Approval approval) {
    return approval == Approval.PENDING || approval == Approval.BLOCKED
        ? Map.of(Fault.REASON, approval.word(), Fault.RETRY_AFTER_SECONDS, ASK_AGAIN)
        : Map.of();
  }

  private static Fault deleted(DeviceId id) {
    return new Fault(FaultCode.PERMISSION_DENIED, "device %s was deleted".formatted(id));
  }

  /// A device has connected and introduced itself: from now on it is online over this link.
  ///
  /// When another machine, or another boot of it, holds a link with the same credential and still
  /// answers, the disk was cloned: the newcomer is refused, which is audited, and the event
  /// `device.clone_suspected` emitted.
  ///
  /// @throws Fault PERMISSION_DENIED when the device may not connect (any more), UNAUTHENTICATED
  ///   when its credential died since it was shown, ALREADY_EXISTS with reason `clone`
  public Welcome hello(Identity identity, Link link, String address, Greeting greeting) {
    DeviceId id = identity.device();
    Arrival arrival = new Arrival(id, identity.credential(), link, address, greeting.machine());
    refuseClone(arrival);
    Runnable check = () -> credentials.requireGood(identity.credential());
    Device device =
        transactions.write(() -> {
          Device known = devices.find(id).map(Checkins::approved).orElseThrow(() -> deleted(id));
          check.run();
          DeviceFacts said =
              link instanceof CommandLink commands && !commands.keepsAccount()
                  ? atLeast(known, greeting.facts())
                  : greeting.facts();
          Device told = known.withFacts(known.facts().updatedBy(said));
          if (!told.facts().equals(known.facts())) {
            devices.update(told.changedAt(clock.instant()));
          }
          return told;
        });
    Session session = links.connect(arrival, check);
    if (!(link instanceof CommandLink commands)) {
      return new Welcome(session, device, Map.of());
    }
    try {
      return new Welcome(
          session, device, reconcile(session, greeting.executions(), commands.keepsAccount()));
    } catch (RuntimeException e) {
      // Nobody else knows of this session: it would stay open without a conversation.
      closed(session, false);
      throw e;
    }
  }

  private void refuseClone(Arrival arrival) {
    DeviceId id = arrival.device();
    String address = arrival.address();
    Optional<Session> present =
        links
            .find(id)
            .filter(session -> session.credential().equals(arrival.credential()))
            .filter(session -> session.machine().differsFrom(arrival.machine()));
    if (present.isPresent() && stillAnswers(present.get())) {
      transactions.write(() -> {
        audit.refused(
            Caller.SERVER, Event.DEVICE_CLONE_SUSPECTED, id.value(), Map.of("address", address));
        events.emit(Event.DEVICE_CLONE_SUSPECTED, Optional.of(id), Map.of("address", address));
        return id;
      });
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "another machine is connected with this credential",
          Map.of(Fault.REASON, "clone"));
    }
  }

  private boolean stillAnswers(Session session) {
    Instant asked = clock.instant();
    session.link().probe();
    long deadline = System.nanoTime() + CLONE_PROBE.toNanos();
    while (System.nanoTime() < deadline) {
      if (session.state().lastSeen().map(seen -> seen.isAfter(asked)).orElse(false)) {
        return true;
      }
      try {
        Thread.sleep(CLONE_POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /// Brings the server's view of a device's commands and the device's own together. What was said
  /// over a link that has been replaced meanwhile is stale: a command given over the newer one
  /// would count as unknown.
  ///
  /// @param tells whether the device says what it has got; of one that does not, all that it was
  ///   given counts as begun
  private Map<CommandId, Optional<Long>> reconcile(
      Session session, Map<CommandId, Greeting.Known> reported, boolean tells) {
    return transactions.write(() -> {
      Map<CommandId, Optional<Long>> answers = new LinkedHashMap<>();
      reported.keySet().forEach(id -> answers.put(id, Optional.empty()));
      if (!links.isNewest(session)) {
        return answers;
      }
      for (Command command : executions.delivered(session.device())) {
        CommandId id = command.id();
        Optional<Greeting.Known> known = Optional.ofNullable(reported.get(id));
        boolean unknown = known.isEmpty() || isOver(known.get(), command);
        if (tells && unknown) {
          executions.apply(id, new CommandEvent.Unknown());
        } else {
          answers.put(id, Optional.of(executions.receivedSeq(command)));
          executions.apply(id, new CommandEvent.Started());
        }
      }
      return answers;
    });
  }

  /// The device was interrupted in it, and it is to be run again.
  private static boolean isOver(Greeting.Known known, Command command) {
    return !known.running() && known.attempt() < command.run().firstAttempt();
  }

  /// The facts of a device that may say nothing of what it can: then a shell is taken for granted,
  /// unless more is known.
  static DeviceFacts atLeast(Device known, DeviceFacts said) {
    boolean unsaid = said.capabilities().isEmpty() && known.facts().capabilities().isEmpty();
    return unsaid ? said.withCapabilities(LEAST) : said;
  }

  /// The device has its welcome: it can be given what waits for it.
  public void ready(Welcome welcome) {
    welcome.session().welcomed();
    for (Command command : executions.delivered(welcome.device().id())) {
      if (command.cancelRequested() && command.status() == CommandStatus.RUNNING) {
        cancel(welcome.session(), command.id());
      }
    }
    deliveries.deliver(welcome.device().id());
  }

  /// A sign of life.
  public void heard(Session session) {
    links.heard(session, Optional.empty());
  }

  /// A heartbeat with a sample of measures.
  public void health(Session session, Health health) {
    links.heard(session, Optional.of(health));
  }

  /// What a device says of itself now and then, not only when it connects.
  public void facts(DeviceId id, DeviceFacts said) {
    if (updated(id, said).isPresent()) {
      transactions.write(() -> {
        Optional<Device> device = updated(id, said);
        device.ifPresent(known -> devices.update(known.changedAt(clock.instant())));
        return device.isPresent();
      });
    }
  }

  /// The device with these facts; empty when they are no news.
  private Optional<Device> updated(DeviceId id, DeviceFacts said) {
    return devices
        .find(id)
        .filter(known -> !known.facts().updatedBy(said).equals(known.facts()))
        .map(known -> known.withFacts(known.facts().updatedBy(said)));
  }

  /// What a device says it is going through. People's word, that it is under maintenance, stands
  /// above it.
  void condition(DeviceId id, Condition said) {
    devices
        .find(id)
        .filter(known -> known.condition() != Condition.MAINTENANCE && known.condition() != said)
        .ifPresent(known -> {
          devices.update(known.withCondition(said).changedAt(clock.instant()));
          events.emit(
              Event.DEVICE_UPDATED,
              Optional.of(id),
              Map.of("name", known.name(), "condition", said.word()));
        });
  }

  /// The device's own policy has changed since it connected, and with it perhaps its tools. What
  /// comes over a link that has been replaced meanwhile is stale.
  public void policy(Session session, DevicePolicy policy, List<String> capabilities) {
    if (told(session, policy, capabilities).isEmpty()) {
      return;
    }
    transactions.write(() -> {
      Optional<Device> told = told(session, policy, capabilities);
      told.ifPresent(device -> devices.update(device.changedAt(clock.instant())));
      return told.isPresent();
    });
  }

  /// The device as it is after that; empty when that changes nothing.
  private Optional<Device> told(Session session, DevicePolicy policy, List<String> capabilities) {
    if (!links.isNewest(session)) {
      return Optional.empty();
    }
    return devices
        .find(session.device())
        .filter(known -> !known.facts().equals(known.facts().withPolicy(policy, capabilities)))
        .map(known -> known.withFacts(known.facts().withPolicy(policy, capabilities)));
  }

  /// Gives the device what waits for it, after it was busy.
  public void deliver(Session session) {
    deliveries.deliver(session.device());
  }

  /// The device confirmed a delivery.
  public void started(Session session, CommandId id) {
    executions
        .applyFrom(session.device(), id, new CommandEvent.Started())
        .filter(Command::cancelRequested)
        // The wish to cancel may have been sent before the command itself, and found nothing.
        .ifPresent(command -> cancel(session, id));
  }

  private static void cancel(Session session, CommandId id) {
    if (session.link() instanceof CommandLink link) {
      link.cancel(id);
    }
  }

  /// The device refused the delivery of that attempt; `again` when it was only busy, and wants to
  /// be asked later ([#deliver]).
  public void refused(Session session, CommandId id, int attempt, String error, boolean again) {
    executions.applyFrom(session.device(), id, new CommandEvent.Refused(attempt, error, again));
    if (!again) {
      deliveries.deliver(session.device());
    }
  }

  public void output(Session session, CommandId id, long attempt, OutputChunk chunk) {
    executions.output(session.device(), id, attempt, chunk);
  }

  /// A command has ended on the device. Durable when this returns, so it may be acknowledged.
  public void ended(Session session, CommandId id, CommandStatus status, Command.Result result) {
    executions.applyFrom(session.device(), id, new CommandEvent.Ended(status, result));
    deliveries.deliver(session.device());
  }

  /// The device was stopped, or crashed, in the middle of what it was given with that attempt.
  /// Durable when this returns.
  public void interrupted(Session session, CommandId id, long attempt, Command.Result result) {
    executions.applyFrom(session.device(), id, new CommandEvent.Interrupted(attempt, result));
    deliveries.deliver(session.device());
  }

  /// The connection is gone. `saidGoodbye` when the device ended it on purpose.
  public void closed(Session session, boolean saidGoodbye) {
    links.disconnected(session, saidGoodbye ? LinkEnd.GOODBYE : LinkEnd.BROKEN);
    transactions.write(() -> {
      // What was sent over a newer link is on its way.
      boolean newest = links.isNewest(session);
      if (newest) {
        executions.linkLost(session.device());
      }
      return newest;
    });
  }
}
