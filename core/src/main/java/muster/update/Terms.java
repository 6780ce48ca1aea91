package muster.update;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import muster.fault.Fault;
import muster.rollout.HealthGate;

/// What holds for each device of a deployment.
///
/// @param timeout of the installation on one device, 1 s – 1 h
/// @param offline what becomes of one that is offline when its turn comes
/// @param check on the device, after it has switched
/// @param signs by which the server looks whether updated devices are well; empty = by none
public record Terms(
    Duration timeout, Offline offline, Optional<HealthCheck> check, Set<HealthGate.Sign> signs) {
  private static final Duration LONGEST = Duration.ofHours(1);

  public static final Terms USUAL =
      new Terms(Duration.ofMinutes(30), Offline.WAIT, Optional.empty(), HealthGate.Sign.ALL);

  /// What becomes of devices that are offline.
  public enum Offline {
    /// They have their turn when they are back.
    WAIT,
    /// They are left out.
    SKIP,
    /// They count as failed.
    FAIL
  }

  public Terms {
    if (timeout.toSeconds() < 1 || timeout.compareTo(LONGEST) > 0) {
      throw Fault.invalid("device_timeout", timeout, "1 s to 1 hour");
    }
    signs = Set.copyOf(signs);
  }
}
