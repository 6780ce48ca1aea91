package muster.routing;

import java.util.ArrayList;
import java.util.List;
import muster.device.Approval;
import muster.device.Device;

/// A device that might serve a tool, as it was when the question was asked.
///
/// @param online whether it is connected, or about to be back
/// @param able whether it has the tool
/// @param preferred whether the tool's preference names it or its group
/// @param depth how many commands it has to do already
public record Candidate(Device device, boolean online, boolean able, boolean preferred, int depth) {
  /// Whether it can serve now.
  public boolean isEligible() {
    return device.approval() == Approval.APPROVED && online && able;
  }

  /// What speaks for it and against it, as words.
  public List<String> reasons(String tool) {
    List<String> reasons = new ArrayList<>();
    if (device.approval() != Approval.APPROVED) {
      reasons.add(device.approval().word());
    }
    reasons.add(online ? "online" : "offline");
    reasons.add((able ? "has_capability:" : "lacks_capability:") + tool);
    if (preferred) {
      reasons.add("preferred");
    }
    reasons.add("queue_depth:" + depth);
    return reasons;
  }

  /// Higher is better; a preferred one is always ahead of one that is not. 0 when it can't serve.
  public int score() {
    return isEligible() ? (preferred ? 2_000 : 1_000) - Math.min(depth, 999) : 0;
  }
}
