package muster.device;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Whether a device is there, since when, and why we say so: derived from its state and the clock.
public record Presence(State state, Optional<Instant> since, String reason) {
  public enum State {
    ONLINE,
    OFFLINE,
    /// It was connected when the server stopped, and its lease has not run out since.
    UNKNOWN
  }

  public static Presence of(DeviceState state, Instant now) {
    if (state.isHeld()) {
      return new Presence(
          State.ONLINE, state.since(), "connected from " + state.address().orElse("unknown"));
    }
    if (now.isBefore(state.onlineUntil())) {
      Duration left = Duration.between(now, state.onlineUntil());
      return state.uncertain()
          ? new Presence(
              State.UNKNOWN,
              state.since(),
              "was connected when the server restarted; " + left.toSeconds() + " s left to return")
          : new Presence(
              State.ONLINE,
              state.since(),
              "last heard of "
                  + shown(state.lastSeen())
                  + "; the lease runs "
                  + left.toSeconds()
                  + " s more");
    }
    return state.lastSeen().isEmpty()
        ? new Presence(State.OFFLINE, Optional.empty(), "never connected")
        : new Presence(State.OFFLINE, state.since(), "last heard of " + shown(state.lastSeen()));
  }

  private static String shown(Optional<Instant> at) {
    return at.map(instant -> instant.truncatedTo(ChronoUnit.SECONDS).toString()).orElse("never");
  }
}
