package muster.device;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Page;

/// Where devices are kept. Writes happen inside a write transaction; a write of a state is void
/// when the stored epoch is higher.
public interface DeviceStore {
  void insert(Device device);

  Optional<Device> find(DeviceId id);

  Optional<Device> findByHardwareId(String hardwareId);

  boolean isNameTaken(String name);

  /// The devices of one page, in its order; terms on time and presence are decided at `now`.
  Page<Device> find(DeviceQuery query, Instant now);

  /// How many devices match, online ones among them.
  Counts count(Filter filter, Instant now);

  /// As [#count], without a look at who is online: of all devices much cheaper.
  long total(Filter filter, Instant now);

  /// Replaces everything but the state of the device of that id.
  void update(Device device);

  /// Whether there was one.
  boolean delete(DeviceId id);

  /// Whether it was stored: false when the device is gone or has a newer epoch.
  boolean saveState(DeviceId id, DeviceState state);

  /// [#saveState] for many; returns how many were stored.
  int saveStates(Map<DeviceId, DeviceState> states);

  /// How many leases are held now.
  int held();

  /// Turns every held lease into one that ends at `until` and is uncertain, and so every other that
  /// would end after `now` but before that, or after `latest`: no lease is that long, so the clock
  /// was set back since it was made. Returns how many.
  int awaitReturn(Instant now, Instant until, Instant latest);

  /// Leases that are not held and of which nobody has said yet that they have run out
  /// ([DeviceState#announced]), with their end.
  Map<DeviceId, Instant> openLeases();

  /// @param total devices that match
  /// @param online those of them that are online or unknown
  record Counts(long total, long online) {}
}
