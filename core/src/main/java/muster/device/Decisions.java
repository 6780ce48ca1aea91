package muster.device;

import java.time.Instant;
import java.util.Optional;

/// When people last decided about a device.
///
/// @param approvedAt when it last became approved
/// @param blockedAt when it was blocked, as long as it is
public record Decisions(Optional<Instant> approvedAt, Optional<Instant> blockedAt) {
  public static final Decisions NONE = new Decisions(Optional.empty(), Optional.empty());

  Decisions with(Approval before, Approval after, Instant now) {
    if (before == after) {
      return this;
    }
    return new Decisions(
        after == Approval.APPROVED ? Optional.of(now) : approvedAt,
        after == Approval.BLOCKED ? Optional.of(now) : Optional.empty());
  }
}
