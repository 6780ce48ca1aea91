package muster.device;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What changes with every heartbeat. Presence is a lease: the device is online until
/// `onlineUntil`, which is [#HELD] while a link is open.
///
/// After a restart of the server nobody can know which held links still have a machine behind them:
/// their lease becomes an ordinary one of 45 s, marked `uncertain`, and the state is *unknown*
/// until the device is back or the lease has run out.
///
/// @param epoch rises with every connection; a write that carries an older one is void
/// @param onlineUntil the end of the lease; [Instant#EPOCH] when there never was one
/// @param since when the present presence began
/// @param lastSeen the last sign of life
/// @param address where it connected from, as text
public record DeviceState(
    long epoch,
    Instant onlineUntil,
    boolean uncertain,
    Optional<Instant> since,
    Optional<Instant> lastSeen,
    Optional<String> address,
    Optional<Health> health) {
  /// The lease of a device whose link is open.
  public static final Instant HELD = Instant.ofEpochMilli(Long.MAX_VALUE / 2);

  /// Three heartbeats of 15 s (KVM Fleet, F021).
  public static final Duration LEASE = Duration.ofSeconds(45);

  public static final DeviceState NEVER_SEEN =
      new DeviceState(
          0,
          Instant.EPOCH,
          false,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public boolean isHeld() {
    return onlineUntil.equals(HELD);
  }

  /// A link was opened.
  public DeviceState connected(String from, Instant now) {
    boolean wasOnline = Presence.of(this, now).state() == Presence.State.ONLINE;
    return new DeviceState(
        epoch + 1,
        HELD,
        false,
        wasOnline ? since : Optional.of(now),
        Optional.of(now),
        Optional.of(from),
        health);
  }

  /// A sign of life over the open link, with or without a sample.
  public DeviceState heard(Instant now, Optional<Health> sample) {
    return new DeviceState(
        epoch, onlineUntil, uncertain, since, Optional.of(now), address, sample.or(() -> health));
  }

  /// The link is gone. A device that said goodbye is offline at once; otherwise its last sign of
  /// life still counts for 45 s.
  public DeviceState disconnected(boolean saidGoodbye, Instant now) {
    Instant leaseEnd = lastSeen.orElse(now).plus(LEASE);
    Instant end = saidGoodbye || leaseEnd.isBefore(now) ? now : leaseEnd;
    return new DeviceState(
        epoch, end, false, end.isAfter(now) ? since : Optional.of(now), lastSeen, address, health);
  }

  /// Whether the device was left by a lease that has run out, and nobody has said so yet: whoever
  /// says it makes `since` the end of the lease.
  public boolean leaseHasEnded(Instant now) {
    return !isHeld() && !now.isBefore(onlineUntil) && since.map(onlineUntil::isAfter).orElse(false);
  }

  /// The lease has run out.
  public DeviceState expired() {
    return new DeviceState(
        epoch, onlineUntil, false, Optional.of(onlineUntil), lastSeen, address, health);
  }
}
