package muster.routing;

import java.time.Instant;
import muster.id.DeviceId;
import muster.id.GroupId;

/// Where a tool should run.
///
/// @param fallback whether any other device may serve when no preferred one can
public record Preference(String tool, Target target, boolean fallback, Instant updatedAt) {

  /// One device, or any member of a group.
  public sealed interface Target {
    record OneDevice(DeviceId id) implements Target {}

    record OneOfGroup(GroupId id) implements Target {}
  }
}
