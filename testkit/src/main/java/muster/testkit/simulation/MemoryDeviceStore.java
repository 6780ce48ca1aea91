package muster.testkit.simulation;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import muster.device.Device;
import muster.device.DeviceQuery;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Page;

/// Devices in memory. Lists and counts are for people, of whom there are none here.
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
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isNameTaken(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Page<Device> find(DeviceQuery query, Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Counts count(Filter filter, Instant now) {
    throw new UnsupportedOperationException();
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
  public int releaseHeld(Instant until) {
    int released = 0;
    for (Device device : devices.values()) {
      DeviceState held = device.state();
      if (held.isHeld()) {
        put(
            device,
            device.withState(
                new DeviceState(
                    held.epoch(),
                    until,
                    true,
                    held.since(),
                    held.lastSeen(),
                    held.address(),
                    held.health())));
        released++;
      }
    }
    return released;
  }

  @Override
  public Map<DeviceId, Instant> openLeases() {
    Map<DeviceId, Instant> open = new LinkedHashMap<>();
    for (Device device : devices.values()) {
      DeviceState state = device.state();
      if (!state.isHeld() && state.since().map(state.onlineUntil()::isAfter).orElse(false)) {
        open.put(device.id(), state.onlineUntil());
      }
    }
    return open;
  }

  private void put(Device before, Device after) {
    transactions.undoBy(() -> devices.put(before.id(), before));
    devices.put(after.id(), after);
  }
}
