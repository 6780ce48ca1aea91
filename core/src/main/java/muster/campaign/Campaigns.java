package muster.campaign;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
import muster.command.Commands;
import muster.command.Lane;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.group.Groups;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.tx.Transactions;
import muster.work.Watch;

/// Runs a tool on all members of a group that are online. Whoever is not is skipped and said to be;
/// nothing waits for a device that is away. Each part is a command of its own, submitted when there
/// is room under the cap, so a crash of the server in the middle only interrupts the hand-out: the
/// next tick goes on with it.
public final class Campaigns {
  public static final int DEFAULT_CAP = 50;
  public static final int MAX_CAP = 1_000;

  /// How long a command may wait for a device that was there a moment ago.
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(60);

  private static final long RECHECK_MILLIS = 5_000;
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

  /// One part as it stands.
  ///
  /// @param command absent while it waits for its turn, and when it was skipped
  public record PartState(Device device, Optional<Command> command, Optional<String> skipped) {}

  /// Begins: when this returns it is durable, and its first commands are on their way.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `no_online_members`
  public Campaign start(Caller caller, GroupId group, CommandRequest request, int cap) {
    Access.require(caller, Permission.COMMAND_EXECUTE);
    if (cap < 1 || cap > MAX_CAP) {
      throw Fault.invalid("parallel", cap, "1.." + MAX_CAP);
    }
    Instant now = clock.instant();
    Campaign campaign =
        new Campaign(
            CampaignId.random(),
            group,
            request.tool(),
            request.args(),
            request.timeout(),
            cap,
            caller.principal(),
            caller.principalId(),
            now,
            Optional.empty());
    transactions.write(() -> {
      List<Campaign.Part> parts =
          groups.members(caller, group).stream()
              .map(device -> part(device, request.tool(), now))
              .toList();
      if (parts.stream().allMatch(part -> part.skipped().isPresent())) {
        throw Fault.failedPrecondition(
            "group %s has no member that is online and has %s".formatted(group, request.tool()),
            "no_online_members");
      }
      store.insert(campaign, parts);
      audit.record(
          caller,
          "group.execute",
          group.value(),
          Map.of("campaign", campaign.id().value(), "tool", request.tool()));
      return parts.size();
    });
    advance(campaign.id());
    return campaign;
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

  /// Hands out as much as there is room for, and notices the end.
  private void advance(CampaignId id) {
    boolean finished =
        transactions.write(() -> {
          Campaign campaign = store.find(id).orElseThrow();
          if (campaign.finishedAt().isPresent()) {
            return true;
          }
          int room = campaign.cap() - store.running(id);
          List<DeviceId> waiting = store.waiting(id, Integer.MAX_VALUE);
          for (DeviceId device : waiting) {
            if (room == 0) {
              return false;
            }
            room -= handOut(campaign, device) ? 1 : 0;
          }
          boolean done = store.running(id) == 0;
          if (done) {
            store.finished(id, clock.instant());
          }
          return done;
        });
    if (finished) {
      watch.wake(id);
    }
  }

  /// Whether the device has a command now.
  private boolean handOut(Campaign campaign, DeviceId device) {
    Optional<Caller> requester = credentials.current(campaign.requesterId());
    boolean offline =
        devices.lookUp(Caller.SERVER, device).filter(d -> !isOffline(d, clock.instant())).isEmpty();
    if (requester.isEmpty() || offline) {
      String why = offline ? "offline" : "the requester's right was withdrawn";
      store.skipped(campaign.id(), device, why);
      return false;
    }
    Optional<Fault> refusal = commands.refusal(requester.get(), device, campaign.tool());
    if (refusal.isPresent()) {
      store.skipped(campaign.id(), device, String.valueOf(refusal.get().getMessage()));
      return false;
    }
    CommandRequest request =
        new CommandRequest(
            campaign.tool(),
            campaign.args(),
            Lane.BULK,
            false,
            campaign.timeout(),
            TIME_TO_LIVE,
            Optional.empty());
    Command command = commands.submit(requester.get(), device, request);
    store.started(campaign.id(), device, command.id());
    return true;
  }

  public Campaign get(Caller caller, CampaignId id) {
    Access.require(caller, Permission.COMMAND_VIEW);
    return store.find(id).orElseThrow(() -> Fault.notFound("group execution", id.value()));
  }

  /// The parts of devices the caller may see, in the order of their ids. A device that was deleted
  /// meanwhile has none any more.
  public List<PartState> parts(Caller caller, CampaignId id) {
    List<PartState> states = new ArrayList<>();
    for (Campaign.Part part : store.parts(get(caller, id).id())) {
      devices
          .lookUp(caller, part.device())
          .ifPresent(device ->
              states.add(
                  new PartState(
                      device,
                      part.command().flatMap(command -> commands.lookUp(caller, command)),
                      part.skipped())));
    }
    return states;
  }

  /// The campaign when it has finished, or as it is after `longest`.
  public Campaign await(Caller caller, CampaignId id, Duration longest)
      throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    try (Watch<CampaignId>.Watcher watcher = watch.watch(id)) {
      while (true) {
        Campaign campaign = get(credentials.renewed(caller), id);
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (campaign.finishedAt().isPresent() || left <= 0) {
          return campaign;
        }
        watcher.await(Math.min(left, RECHECK_MILLIS));
      }
    }
  }

  /// Goes on with what a crash interrupted. Called by the server once a second.
  public void tick() {
    store.open().forEach(this::advance);
  }

  /// Drops campaigns that finished more than `kept` ago. Called now and then by the server.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteFinished(before, TIDIED_AT_ONCE));
    } while (deleted == TIDIED_AT_ONCE);
  }
}
