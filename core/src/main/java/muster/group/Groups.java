package muster.group;

import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.tx.Transactions;

/// Groups for people and programs. Who is fenced in by a scope sees of each group only the members
/// inside, and makes and deletes none.
public final class Groups {
  private static final int MAX_DESCRIPTION = 1024;

  private final Transactions transactions;
  private final GroupStore store;
  private final Devices devices;
  private final Audit audit;
  private final InstantSource clock;

  public Groups(
      Transactions transactions,
      GroupStore store,
      Devices devices,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.audit = audit;
    this.clock = clock;
  }

  /// @throws Fault ALREADY_EXISTS when the name is taken
  public DeviceGroup create(Caller caller, String name, Optional<String> description) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    description
        .filter(text -> text.length() > MAX_DESCRIPTION)
        .ifPresent(text -> {
          throw Fault.invalid(
              "description", text.length() + " characters", "at most " + MAX_DESCRIPTION);
        });
    DeviceGroup group =
        new DeviceGroup(GroupId.random(), Names.name("name", name), description, clock.instant());
    return transactions.write(() -> {
      if (store.isNameTaken(group.name())) {
        throw new Fault(
            FaultCode.ALREADY_EXISTS, "name: there is a group \"%s\" already".formatted(name));
      }
      store.insert(group);
      audit.record(caller, "group.create", group.id().value(), Map.of("name", group.name()));
      return group;
    });
  }

  public DeviceGroup get(Caller caller, GroupId id) {
    Access.require(caller, Permission.DEVICE_VIEW);
    return store.find(id).orElseThrow(() -> Fault.notFound("group", id.value()));
  }

  /// By name.
  public List<DeviceGroup> list(Caller caller) {
    Access.require(caller, Permission.DEVICE_LIST);
    return store.all();
  }

  /// The groups each of these devices is in, by name. The caller has been shown the devices; one
  /// that was deleted meanwhile is in none.
  public Map<DeviceId, List<DeviceGroup>> of(Caller caller, Collection<Device> shown) {
    Access.require(caller, Permission.DEVICE_VIEW);
    return store.of(shown.stream().map(Device::id).toList());
  }

  /// The members the caller may see, in the order of ids.
  public List<Device> members(Caller caller, GroupId id) {
    return members(caller, id, 0, Integer.MAX_VALUE);
  }

  /// `limit` of them behind the first `offset`.
  public List<Device> members(Caller caller, GroupId id, int offset, int limit) {
    List<DeviceId> ids = store.members(get(caller, id).id());
    if (caller.scope().isEmpty()) {
      // No more are looked up than are shown.
      return ids.stream()
          .skip(offset)
          .limit(limit)
          .flatMap(device -> devices.lookUp(caller, device).stream())
          .toList();
    }
    return ids.stream()
        .flatMap(device -> devices.lookUp(caller, device).stream())
        .skip(offset)
        .limit(limit)
        .toList();
  }

  /// How many members the caller may see.
  public int size(Caller caller, GroupId id) {
    return caller.scope().isEmpty() ? store.size(get(caller, id).id()) : members(caller, id).size();
  }

  /// Devices stay; a campaign under way goes on.
  public void delete(Caller caller, GroupId id) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    transactions.write(() -> {
      DeviceGroup group = get(caller, id);
      store.delete(id);
      audit.record(caller, "group.delete", id.value(), Map.of("name", group.name()));
      return group;
    });
  }

  /// Twice is once. Not for callers with a fence: what others run on the group would reach their
  /// device.
  public DeviceGroup add(Caller caller, GroupId id, DeviceId device) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    return transactions.write(() -> {
      DeviceGroup group = get(caller, id);
      store.add(id, devices.get(caller, device).id());
      audit.record(caller, "group.add", id.value(), Map.of("device", device.value()));
      return group;
    });
  }

  /// @throws Fault NOT_FOUND when the device is no member
  public void remove(Caller caller, GroupId id, DeviceId device) {
    Access.requireUnscoped(caller, Permission.DEVICE_UPDATE);
    transactions.write(() -> {
      DeviceGroup group = get(caller, id);
      boolean isMember = devices.lookUp(caller, device).isPresent() && store.remove(id, device);
      if (!isMember) {
        throw Fault.notFound("member of " + group.name(), device.value());
      }
      audit.record(caller, "group.remove", id.value(), Map.of("device", device.value()));
      return group;
    });
  }
}
