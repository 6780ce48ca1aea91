package muster.testkit.simulation;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.DeviceQuery;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.LinkEnd;
import muster.device.Presence;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Page;

/// Devices in memory. Lists, with their orders and cursors, are for people, of whom there are none
/// here.
final class MemoryDeviceStore implements DeviceStore {
  private final MemoryTransactions transactions;
  private final Map<DeviceId, Device> devices = new LinkedHashMap<>();

  MemoryDeviceStore(MemoryTransactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void insert(Device device) {
    transactions.undoBy(() -> devices.remove(device.id()));
    devices.put(device.id(), device);
  }

  @Override
  public Optional<Device> find(DeviceId id) {
    return Optional.ofNullable(devices.get(id));
  }

  @Override
  public Optional<Device> findByHardwareId(String hardwareId) {
    return devices.values().stream()
        .filter(device -> device.hardwareId().equals(Optional.of(hardwareId)))
        .findFirst();
  }

  @Override
  public boolean isNameTaken(String name) {
    return devices.values().stream().anyMatch(device -> device.name().equals(name));
  }

  @Override
  public Page<Device> find(DeviceQuery query, Instant now) {
    throw new UnsupportedOperationException("nobody lists devices in a simulation");
  }

  @Override
  public Counts count(Filter filter, Instant now) {
    List<Device> matching =
        devices.values().stream()
            .filter(device -> filter.matches(DeviceFields.subject(device, now), now))
            .toList();
    long online =
        matching.stream()
            .filter(device -> Presence.of(device.state(), now).state() != Presence.State.OFFLINE)
            .count();
    return new Counts(matching.size(), online);
  }

  @Override
  public long total(Filter filter, Instant now) {
    return count(filter, now).total();
  }

  @Override
  public void update(Device device) {
    find(device.id()).ifPresent(before -> put(before, device.withState(before.state())));
  }

  @Override
  public boolean delete(DeviceId id) {
    Optional<Device> before = find(id);
    before.ifPresent(device -> {
      transactions.undoBy(() -> devices.put(id, device));
      devices.remove(id);
    });
    return before.isPresent();
  }

  @Override
  public boolean saveState(DeviceId id, DeviceState state) {
    Optional<Device> newer = find(id).filter(device -> device.state().epoch() <= state.epoch());
    newer.ifPresent(before -> put(before, before.withState(state)));
    return newer.isPresent();
  }

  @Override
  public int saveStates(Map<DeviceId, DeviceState> states) {
    return (int)
        states.entrySet().stream()
            .filter(entry -> saveState(entry.getKey(), entry.getValue()))
            .count();
  }

  @Override
  public int held() {
    return (int) devices.values().stream().map(Device::state).filter(DeviceState::isHeld).count();
  }

  @Override
  public int awaitReturn(Instant now, Instant until, Instant latest) {
    int waiting = 0;
    for (Device device : List.copyOf(devices.values())) {
      DeviceState state = device.state();
      Instant end = state.onlineUntil();
      boolean wrong =
          state.announced() && end.isAfter(now) && (end.isBefore(until) || end.isAfter(latest));
      if (state.isHeld() || wrong) {
        put(device, device.withState(uncertain(state, until)));
        waiting++;
      }
    }
    return waiting;
  }

  private static DeviceState uncertain(DeviceState state, Instant until) {
    return new DeviceState(
        state.epoch(),
        until,
        true,
        state.announced(),
        state.since(),
        state.lastSeen(),
        state.address(),
        state.isHeld() ? Optional.of(LinkEnd.RESTART) : state.ended(),
        state.health());
  }

  @Override
  public Map<DeviceId, Instant> openLeases() {
    Map<DeviceId, Instant> open = new LinkedHashMap<>();
    for (Device device : devices.values()) {
      if (device.state().announced() && !device.state().isHeld()) {
        open.put(device.id(), device.state().onlineUntil());
      }
    }
    return open;
  }

  private void put(Device before, Device after) {
    transactions.undoBy(() -> devices.put(before.id(), before));
    devices.put(after.id(), after);
  }
}
