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
    /// It was there when the server stopped, and its lease has not run out since.
    UNKNOWN
  }

  /// Of a device that may also have been turned away, which is why it is offline then.
  public static Presence of(Device device, Instant now) {
    Presence presence = of(device.state(), now);
    return device.approval() == Approval.APPROVED || presence.state() != State.OFFLINE
        ? presence
        : new Presence(
            State.OFFLINE,
            presence.since(),
            "the device is " + device.approval().word() + lastHeardAt(device.state()));
  }

  public static Presence of(DeviceState state, Instant now) {
    if (state.isHeld()) {
      return new Presence(
          State.ONLINE,
          state.since(),
          "connected from " + state.address().orElse("unknown") + heardAgo(state, now));
    }
    if (now.isBefore(state.onlineUntil())) {
      long left = seconds(now, state.onlineUntil());
      return state.uncertain()
          ? new Presence(State.UNKNOWN, state.since(), awaited(state, left))
          : new Presence(
              State.ONLINE,
              state.since(),
              "%s%s; %d s left to come back"
                  .formatted(sentence(state, LinkEnd.BROKEN), heardAgo(state, now), left));
    }
    return new Presence(
        State.OFFLINE,
        state.lastSeen().isEmpty() ? Optional.empty() : state.since(),
        state.lastSeen().isEmpty() ? "never connected" : gone(state));
  }

  private static String awaited(DeviceState state, long left) {
    return state.ended().equals(Optional.of(LinkEnd.BROKEN))
        ? "the connection broke before the server restarted; %d s left to come back".formatted(left)
        : "was connected when the server restarted; %d s left to return".formatted(left);
  }

  private static String gone(DeviceState state) {
    LinkEnd why = state.ended().orElse(LinkEnd.BROKEN);
    String sentence =
        switch (why) {
          case RESTART -> "did not come back after the server restarted";
          case BROKEN -> why.sentence() + " and it did not come back";
          case GOODBYE, SILENT, REPLACED, CUT -> why.sentence();
        };
    return sentence + lastHeardAt(state);
  }

  private static String sentence(DeviceState state, LinkEnd otherwise) {
    return state.ended().orElse(otherwise).sentence();
  }

  private static String heardAgo(DeviceState state, Instant now) {
    return state
        .lastSeen()
        .map(at -> ", last heard of %d s ago".formatted(Math.max(0, seconds(at, now))))
        .orElse("");
  }

  private static String lastHeardAt(DeviceState state) {
    return state
        .lastSeen()
        .map(at -> "; last heard of " + at.truncatedTo(ChronoUnit.SECONDS))
        .orElse("");
  }

  private static long seconds(Instant from, Instant to) {
    return Duration.between(from, to).toSeconds();
  }
}
