package muster.link;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import muster.device.DeviceState;

/// How fast a fleet can come back after a restart, and so how long nobody may be called offline.
///
/// @param perSecond how many connections are let in each second, 1 at least
/// @param window within which devices come back after a planned restart, whatever their number
public record Returning(int perSecond, Duration window) {
  /// What a planned restart tells `links` devices: in less they could not be let in.
  public Duration windowFor(int links) {
    return longest(List.of(window, spread(links)));
  }

  /// How long the devices of `links` links may take to be back: their back-off, 30 s at most
  /// (docs/device-protocol.md), is within a lease.
  public Duration patience(int links) {
    return longest(List.of(DeviceState.LEASE, window)).plus(spread(links));
  }

  private Duration spread(int links) {
    return Duration.ofSeconds(links / perSecond);
  }

  private static Duration longest(List<Duration> durations) {
    return Collections.max(durations);
  }
}
