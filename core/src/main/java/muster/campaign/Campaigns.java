package muster.campaign;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Command;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Commands;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.group.Groups;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.tool.Tools;
import muster.tx.Transactions;
import muster.work.Watch;

/// Runs a tool on all members of a group that are online. Whoever is not is skipped and said to be;
/// nothing waits for a device that is away. Each part is a command of its own, submitted when there
/// is room under the cap, so a crash of the server in the middle only interrupts the hand-out: the
/// next tick goes on with it.
public final class Campaigns {
  public static final int DEFAULT_CAP = 50;
  public static final int MAX_CAP = 1_000;

  /// How many devices are given their part in one transaction: others write, too.
  private static final int HANDED_OUT_AT_ONCE = 50;

  private static final int TIDIED_AT_ONCE = 100;

  private final Transactions transactions;
  private final CampaignStore store;
  private final Groups groups;
  private final Devices devices;
  private final Commands commands;
  private final Credentials credentials;
  private final Audit audit;
  private final InstantSource clock;
  private final Watch<CampaignId> watch = new Watch<>();

  /// @param executor hands out what comes next, never on the thread that reports an end
  public Campaigns(
      Transactions transactions,
      CampaignStore store,
      Groups groups,
      Devices devices,
      Commands commands,
      Credentials credentials,
      Events events,
      Audit audit,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.store = store;
    this.groups = groups;
    this.devices = devices;
    this.commands = commands;
    this.credentials = credentials;
    this.audit = audit;
    this.clock = clock;
    events.react(event -> {
      if (event.type().equals(Event.COMMAND_FINISHED)) {
        store
            .ended(new CommandId(String.valueOf(event.body().get("command"))))
            .ifPresent(id -> transactions.afterCommit(() -> executor.execute(() -> advance(id))));
      }
    });
  }

  public enum Outcome {
    /// Its turn has not come.
    WAITING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    SKIPPED
  }

  /// One part as it stands.
  ///
  /// @param command absent while it waits for its turn, and when it was skipped
  /// @param skipped why
  public record PartState(
      DeviceId device, Outcome outcome, Optional<CommandId> command, Optional<String> skipped) {}

  /// Begins: when this returns it is durable, and its first commands are on their way. The same
  /// idempotency key by the same requester answers the campaign made first. Lane and time to live
  /// are the campaign's own, whatever the request says.
  ///
  /// @param cap how many work on it at once, 1..[#MAX_CAP]
  /// @throws Fault FAILED_PRECONDITION with reason `no_online_members`
  public Campaign start(Caller caller, GroupId group, CommandRequest request, long cap) {
    Tools.requireMayUse(caller, request.tool());
    if (cap < 1 || cap > MAX_CAP) {
      throw Fault.invalid("parallel", cap, "1.." + MAX_CAP);
    }
    Instant now = clock.instant();
    List<Campaign.Part> parts =
        groups.members(caller, group).stream()
            .map(device -> part(device, request.tool(), now))
            .toList();
    Campaign wanted =
        new Campaign(
            CampaignId.random(),
            group,
            request.tool(),
            request.args(),
            request.timeout(),
            (int) cap,
            caller.principal(),
            caller.principalId(),
            request.idempotencyKey(),
            now,
            Optional.empty());
    Campaign begun = transactions.write(() -> begin(caller, wanted, parts));
    try {
      advance(begun.id());
    } catch (Fault fault) {
      // It is durable: whoever heard of a failure would begin it twice. The next tick goes on.
      if (fault.code() != FaultCode.UNAVAILABLE) {
        throw fault;
      }
    }
    return begun;
  }

  private Campaign begin(Caller caller, Campaign wanted, List<Campaign.Part> parts) {
    Optional<Campaign> earlier =
        wanted.idempotencyKey().flatMap(key -> store.find(wanted.requesterId(), key));
    if (earlier.isPresent()) {
      return sameOrFault(earlier.get(), wanted);
    }
    if (parts.stream().allMatch(part -> part.skipped().isPresent())) {
      throw Fault.failedPrecondition(
          "group %s has no member that is online and has %s"
              .formatted(wanted.group(), wanted.tool()),
          "no_online_members");
    }
    store.insert(wanted, parts);
    audit.record(
        caller,
        "group.execute",
        wanted.group().value(),
        Map.of("campaign", wanted.id().value(), "tool", wanted.tool()));
    return wanted;
  }

  private static Campaign sameOrFault(Campaign earlier, Campaign wanted) {
    if (!earlier.group().equals(wanted.group())
        || !earlier.tool().equals(wanted.tool())
        || !earlier.args().equals(wanted.args())) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "Idempotency-Key: used already for another, %s".formatted(earlier.id()),
          Map.of(Fault.REASON, "idempotency_key_reused"));
    }
    return earlier;
  }

  private static Campaign.Part part(Device device, String tool, Instant now) {
    if (device.approval() != Approval.APPROVED) {
      return Campaign.Part.skipped(device.id(), device.approval().word());
    }
    if (isOffline(device, now)) {
      return Campaign.Part.skipped(device.id(), "offline");
    }
    return device.facts().has(tool)
        ? Campaign.Part.waiting(device.id())
        : Campaign.Part.skipped(device.id(), "has no tool " + tool);
  }

  private static boolean isOffline(Device device, Instant now) {
    return Presence.of(device.state(), now).state() == Presence.State.OFFLINE;
  }

  private enum Step {
    /// There may be room for more.
    HANDED_OUT,
    /// Whoever works has to end first.
    FULL,
    FINISHED
  }

  /// Hands out as much as there is room for, and notices the end.
  private void advance(CampaignId id) {
    Step step;
    do {
      step = transactions.write(() -> step(id));
    } while (step == Step.HANDED_OUT);
    if (step == Step.FINISHED) {
      watch.wake(id);
    }
  }

  private Step step(CampaignId id) {
    Optional<Campaign> found = store.find(id);
    if (found.isEmpty() || found.get().finishedAt().isPresent()) {
      return Step.FINISHED;
    }
    Campaign campaign = found.get();
    int running = store.running(id);
    int room = campaign.cap() - running;
    List<DeviceId> next = store.waiting(id, Math.min(room, HANDED_OUT_AT_ONCE));
    if (!next.isEmpty()) {
      Optional<Caller> requester = credentials.current(campaign.requesterId());
      next.forEach(device -> handOut(campaign, requester, device));
      return Step.HANDED_OUT;
    }
    if (running > 0) {
      return Step.FULL;
    }
    store.finished(id, clock.instant());
    return Step.FINISHED;
  }

  /// Gives the device its command, or says why it gets none.
  private void handOut(Campaign campaign, Optional<Caller> requester, DeviceId id) {
    Optional<String> obstacle = obstacle(campaign, requester, id);
    if (obstacle.isPresent()) {
      store.skipped(campaign.id(), id, obstacle.get());
    } else {
      Command command = commands.submit(requester.orElseThrow(), id, campaign.request());
      store.started(campaign.id(), id, command.id());
    }
  }

  private Optional<String> obstacle(Campaign campaign, Optional<Caller> requester, DeviceId id) {
    if (requester.isEmpty()) {
      return Optional.of("the requester's right was withdrawn");
    }
    Optional<Device> device = devices.lookUp(Caller.SERVER, id);
    if (device.isEmpty()) {
      return Optional.of("deleted");
    }
    if (isOffline(device.get(), clock.instant())) {
      return Optional.of("offline");
    }
    try {
      return commands
          .refusal(requester.get(), id, campaign.request().tool())
          .map(refused -> String.valueOf(refused.getMessage()));
    } catch (Fault outdated) {
      return Optional.of(String.valueOf(outdated.getMessage()));
    }
  }

  public Campaign get(Caller caller, CampaignId id) {
    Access.require(caller, Permission.COMMAND_VIEW);
    return store.find(id).orElseThrow(() -> Fault.notFound("group execution", id.value()));
  }

  /// The parts of devices the caller may see, in the order of their ids; a device that was deleted
  /// meanwhile is seen by those without a fence.
  public List<PartState> parts(Caller caller, CampaignId id) {
    return store.parts(get(caller, id).id()).stream()
        .filter(standing ->
            caller.scope().isEmpty()
                || devices.lookUp(caller, standing.part().device()).isPresent())
        .map(Campaigns::state)
        .toList();
  }

  private static PartState state(CampaignStore.Standing standing) {
    Campaign.Part part = standing.part();
    return new PartState(part.device(), outcome(standing), part.command(), part.skipped());
  }

  private static Outcome outcome(CampaignStore.Standing standing) {
    if (standing.part().skipped().isPresent()) {
      return Outcome.SKIPPED;
    }
    if (standing.status().isEmpty()) {
      return Outcome.WAITING;
    }
    CommandStatus status = standing.status().get();
    if (!status.isFinal()) {
      return Outcome.RUNNING;
    }
    return status.isSuccess(standing.exitCode()) ? Outcome.SUCCEEDED : Outcome.FAILED;
  }

  /// The campaign when it has finished, or as it is after `longest` or when the server stops.
  public Campaign await(Caller caller, CampaignId id, Duration longest)
      throws InterruptedException {
    return watch.await(
        id,
        longest,
        () -> get(credentials.renewed(caller), id),
        campaign -> campaign.finishedAt().isPresent());
  }

  /// Nobody waits any more: the server stops.
  public void endWaits() {
    watch.stop();
  }

  /// Goes on with what a crash interrupted. Called by the server once a second.
  public void tick() {
    RuntimeException problem = null;
    for (CampaignId id : store.open()) {
      try {
        advance(id);
      } catch (RuntimeException e) {
        // One that can't go on must not hold up the others.
        problem = e;
      }
    }
    if (problem != null) {
      throw problem;
    }
  }

  /// Drops campaigns that have finished and began more than `kept` ago: before their commands are
  /// dropped, so that no account has holes. Called now and then by the server.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteFinished(before, TIDIED_AT_ONCE));
    } while (deleted == TIDIED_AT_ONCE);
  }
}
