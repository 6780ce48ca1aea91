package muster.update;

import java.util.List;
import java.util.Optional;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.id.UpdateId;
import muster.rollout.Pacing;

/// Which update goes where, and how.
///
/// @param devices to these,
/// @param filter and to those that match
public record DeploymentRequest(
    UpdateId update, List<DeviceId> devices, Optional<Filter> filter, Pacing pacing, Terms terms) {
  private static final int MOST_DEVICES = 10_000;

  public DeploymentRequest {
    devices = devices.stream().distinct().toList();
    if (devices.isEmpty() && filter.isEmpty()) {
      throw Fault.invalid("device_ids", "", "devices, a device_filter or both");
    }
    if (devices.size() > MOST_DEVICES) {
      throw Fault.invalid(
          "device_ids",
          devices.size() + " of them",
          "at most %d; else a filter".formatted(MOST_DEVICES));
    }
  }
}
