package muster.health;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Verdict;
import muster.device.Verdict.Check;
import muster.device.Verdict.Status;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.filter.Order;
import muster.health.HealthReport.Judged;
import muster.id.DeviceId;
import muster.link.ConnectionStore;
import muster.page.PageRequest;

/// How devices are, for people and programs: by what is known of them, no device is asked. Their
/// samples are as old as their last heartbeat.
public final class FleetHealth {
  /// How many devices are judged at once.
  public static final int MOST = 1_000;

  private final Devices devices;
  private final ConnectionStore connections;
  private final InstantSource clock;

  public FleetHealth(Devices devices, ConnectionStore connections, InstantSource clock) {
    this.devices = devices;
    this.connections = connections;
    this.clock = clock;
  }

  /// The verdicts on these devices and on those that match; on the fleet when neither is given. An
  /// id that nobody has is judged as unknown. At most [#MOST], by id; how many more match is told.
  ///
  /// @throws Fault INVALID_ARGUMENT for more ids than that
  public HealthReport report(
      Caller caller, List<String> ids, Optional<Filter> filter, Extent extent) {
    Access.require(caller, Permission.ANALYTICS_VIEW);
    LinkedHashSet<String> named = new LinkedHashSet<>(ids);
    if (named.size() > MOST) {
      throw Fault.invalid("device_ids", named.size() + " ids", "at most " + MOST);
    }
    Instant now = clock.instant();
    Map<String, Judged> judged = new HashMap<>();
    for (String id : named) {
      judged.put(id, judged(lookUp(caller, id), extent, now));
    }
    if (filter.isEmpty() && !named.isEmpty()) {
      return new HealthReport(judged, 0);
    }
    Filter wanted = filter.orElse(Filter.ALL);
    List<Device> found =
        devices.walk(caller, wanted, Order.BY_ID, new PageRequest(MOST, Optional.empty())).items();
    for (Device device : found) {
      if (judged.size() < MOST) {
        judged.computeIfAbsent(device.id().value(), id -> judged(Optional.of(device), extent, now));
      }
    }
    long known = found.stream().filter(device -> judged.containsKey(device.id().value())).count();
    return new HealthReport(judged, Math.max(0, devices.total(caller, wanted) - known));
  }

  private Optional<Device> lookUp(Caller caller, String id) {
    return DeviceId.isValid(id) ? devices.lookUp(caller, new DeviceId(id)) : Optional.empty();
  }

  private Judged judged(Optional<Device> device, Extent extent, Instant now) {
    return new Judged(
        device,
        device
            .map(known -> verdict(known, extent, now))
            .orElseGet(() -> Verdict.of(List.of(noDevice(now)), now)));
  }

  private Verdict verdict(Device device, Extent extent, Instant now) {
    List<Check> checks = new ArrayList<>();
    for (Check check : Verdict.of(device, now).checks()) {
      if (extent.has(check.name())) {
        checks.add(check);
      }
    }
    if (extent.has(Steadiness.NAME)) {
      checks.add(
          Steadiness.check(
              connections.find(device.id(), Long.MAX_VALUE, Steadiness.LOOKED_AT), now));
    }
    return Verdict.of(checks, now);
  }

  private static Check noDevice(Instant now) {
    return new Check(
        Verdict.PRESENCE,
        Status.UNKNOWN,
        "no such device",
        Optional.empty(),
        Optional.empty(),
        Optional.of(now));
  }
}
