package muster.deploy;

import java.time.Duration;
import java.util.List;
import muster.auth.Token;
import muster.device.Device;

/// An agent that has connected.
///
/// @param key of the device, shown this once
public record Deployed(Device device, Token key, HostKey hostKey, List<Done> steps) {
  /// A step and what it took.
  public record Done(Step step, Duration took) {}
}
