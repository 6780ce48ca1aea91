package muster.routing;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.CommandRequest;
import muster.command.Commands;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.device.Presence;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.filter.Op;
import muster.filter.Order;
import muster.group.Groups;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.page.PageRequest;
import muster.tool.Tools;
import muster.tx.Transactions;

/// Preferences for people and programs, and the decision which device serves a tool.
public final class Routing {
  /// How many devices are looked at, the preferred ones apart.
  private static final int MAX_CANDIDATES = 500;

  private static final String TOOL = "[a-z0-9._-]{1,64}";

  private final Transactions transactions;
  private final PreferenceStore store;
  private final Devices devices;
  private final Groups groups;
  private final Commands commands;
  private final Audit audit;
  private final InstantSource clock;

  public Routing(
      Transactions transactions,
      PreferenceStore store,
      Devices devices,
      Groups groups,
      Commands commands,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.groups = groups;
    this.commands = commands;
    this.audit = audit;
    this.clock = clock;
  }

  /// By tool.
  public List<Preference> preferences(Caller caller) {
    Access.requireUnscoped(caller, Permission.DEVICE_LIST);
    return store.all();
  }

  /// Sets where a tool should run.
  ///
  /// @throws Fault NOT_FOUND for a device or group that is not there; FAILED_PRECONDITION with
  ///   reason `tool_missing` for a device that has been seen and lacks the tool
  public Preference prefer(
      Caller caller, String anyName, Preference.Target target, boolean fallback) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    String tool = canonical(anyName);
    return transactions.write(() -> {
      String name =
          switch (target) {
            case Preference.Target.OneDevice one ->
                requireAble(devices.get(caller, one.id()), tool);
            case Preference.Target.OneOfGroup one -> groups.get(caller, one.id()).id().value();
          };
      Preference preference = new Preference(tool, target, fallback, clock.instant());
      store.save(preference);
      audit.record(
          caller, "routing.prefer", tool, Map.of("target", name, "fallback", "" + fallback));
      return preference;
    });
  }

  private static String requireAble(Device device, String tool) {
    if (device.state().lastSeen().isPresent() && !device.facts().has(tool)) {
      throw Fault.failedPrecondition(
          "device %s has no tool %s".formatted(device.id(), tool), "tool_missing");
    }
    return device.id().value();
  }

  private static String canonical(String name) {
    if (!name.matches(TOOL)) {
      throw Fault.invalid("tool", name, "1..64 of a-z, 0-9, dot, underscore and hyphen");
    }
    return Tools.canonical(name);
  }

  /// Takes a preference away; also when there is none.
  public void clear(Caller caller, String anyName) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    String tool = canonical(anyName);
    transactions.write(() -> {
      boolean was = store.delete(tool);
      audit.record(caller, "routing.clear", tool, Map.of());
      return was;
    });
  }

  /// The device that serves a request now; for one that was made before, by its idempotency key,
  /// the device it went to.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `no_device`
  public Device choose(Caller caller, CommandRequest request, Optional<GroupId> group) {
    Tools.requireMayUse(caller, request.tool());
    Optional<Device> earlier =
        request
            .idempotencyKey()
            .flatMap(key -> commands.madeWith(caller, key))
            .flatMap(command -> devices.lookUp(caller, command.device()));
    if (earlier.isPresent()) {
      return earlier.get();
    }
    Router.Decision decision = decide(caller, request.tool(), Optional.empty(), group);
    return decision
        .selected()
        .orElseThrow(() -> Fault.failedPrecondition(decision.reason(), "no_device"))
        .device();
  }

  /// Which device would serve a tool now, and why, among those the caller may see.
  ///
  /// @param only just this device, when there is one
  /// @param group just its members, when there is one
  public Router.Decision decide(
      Caller caller, String anyName, Optional<DeviceId> only, Optional<GroupId> group) {
    Access.require(caller, Permission.DEVICE_LIST);
    String tool = canonical(anyName);
    Optional<Preference> preference = store.find(tool);
    Map<DeviceId, Device> preferred =
        preference.map(known -> named(caller, known.target())).orElse(Map.of());
    Map<DeviceId, Device> asked = new LinkedHashMap<>();
    only.ifPresent(id -> asked.put(id, devices.get(caller, id)));
    group.ifPresent(id -> groups.members(caller, id).forEach(d -> asked.put(d.id(), d)));
    if (only.isEmpty() && group.isEmpty()) {
      asked.putAll(preferred);
      able(caller, tool).forEach(device -> asked.put(device.id(), device));
    }
    Map<DeviceId, Integer> depths = commands.depths();
    Instant now = clock.instant();
    List<Candidate> candidates =
        asked.values().stream()
            .map(device ->
                new Candidate(
                    device,
                    Presence.of(device.state(), now).state() != Presence.State.OFFLINE,
                    device.facts().has(tool),
                    preferred.containsKey(device.id()),
                    depths.getOrDefault(device.id(), 0)))
            .toList();
    return Router.decide(tool, preference, candidates);
  }

  private List<Device> able(Caller caller, String tool) {
    Filter filter =
        Filter.and(
            DeviceFields.SCHEMA.term(
                "capability", Op.EQ, Tools.capabilitiesFor(tool).toArray(String[]::new)),
            DeviceFields.SCHEMA.term("approval", Op.EQ, Approval.APPROVED.word()),
            Filter.not(DeviceFields.SCHEMA.term("status", Op.EQ, "offline")));
    return devices.walk(caller, filter, Order.BY_ID, PageRequest.first(MAX_CANDIDATES)).items();
  }

  private Map<DeviceId, Device> named(Caller caller, Preference.Target target) {
    return switch (target) {
      case Preference.Target.OneDevice one ->
          devices.lookUp(caller, one.id()).map(d -> Map.of(d.id(), d)).orElse(Map.of());
      case Preference.Target.OneOfGroup one ->
          groups.members(caller, one.id()).stream().collect(Collectors.toMap(Device::id, d -> d));
    };
  }
}
