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
  /// The longest back-off of an agent (docs/device-protocol.md).
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);

  /// An agent that found the server away for `t` waits up to about so many `t` for its next try:
  /// its limit doubles, and a few short waits in a row double it early.
  private static final int BACKOFF_FACTOR = 4;

  /// What a planned restart tells `links` devices: in less they could not be let in.
  public Duration windowFor(int links) {
    return longest(List.of(window, spread(links)));
  }

  /// How long the devices of `links` links may take to be back, when the server was `away`.
  public Duration patience(int links, Duration away) {
    Duration backoff = away.multipliedBy(BACKOFF_FACTOR);
    Duration bounded = backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF;
    return longest(List.of(DeviceState.LEASE, bounded, window)).plus(spread(links));
  }

  private Duration spread(int links) {
    return Duration.ofSeconds(links / perSecond);
  }

  private static Duration longest(List<Duration> durations) {
    return Collections.max(durations);
  }
}
