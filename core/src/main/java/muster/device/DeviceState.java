package muster.device;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What changes with every heartbeat. Presence is a lease: the device is online until
/// `onlineUntil`, which is [#HELD] while a link is open.
///
/// After a restart of the server nobody can know which held links still have a machine behind them:
/// their lease becomes an ordinary one, marked `uncertain`, and the state is *unknown* until the
/// device is back or the lease has run out.
///
/// @param epoch rises with every connection; a write that carries an older one is void
/// @param onlineUntil the end of the lease; [Instant#EPOCH] when there is none: a moment that has
///   passed would come again when the clock is set back
/// @param announced whether the last event told of its presence was `device.online`: what keeps
///   these events alternating, whatever happens to the clock
/// @param since when the present presence began
/// @param lastSeen the last sign of life
/// @param address where it connected from, as text
/// @param ended why the last link ended; absent while one is open, and before the first
public record DeviceState(
    long epoch,
    Instant onlineUntil,
    boolean uncertain,
    boolean announced,
    Optional<Instant> since,
    Optional<Instant> lastSeen,
    Optional<String> address,
    Optional<LinkEnd> ended,
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
          false,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public boolean isHeld() {
    return onlineUntil.equals(HELD);
  }

  /// A link was opened. Who comes back before anybody was told of its absence was never away.
  public DeviceState connected(String from, Instant now) {
    boolean wasThere = announced && !leaseHasEnded(now);
    return new DeviceState(
        epoch + 1,
        HELD,
        false,
        true,
        wasThere ? since : Optional.of(now),
        Optional.of(now),
        Optional.of(from),
        Optional.empty(),
        health);
  }

  /// A sign of life over the open link, with or without a sample.
  public DeviceState heard(Instant now, Optional<Health> sample) {
    return new DeviceState(
        epoch,
        onlineUntil,
        uncertain,
        announced,
        since,
        Optional.of(now),
        address,
        ended,
        sample.or(() -> health));
  }

  /// The link is gone. When it only broke, the last sign of life still counts for 45 s; in all
  /// other cases the device is offline at once.
  ///
  /// @param silentFor how long before `now` the last sign of life came
  public DeviceState disconnected(LinkEnd why, Duration silentFor, Instant now) {
    Duration left = why == LinkEnd.BROKEN ? LEASE.minus(silentFor) : Duration.ZERO;
    boolean remains = left.isPositive();
    return new DeviceState(
        epoch,
        remains ? now.plus(left) : Instant.EPOCH,
        false,
        announced && remains,
        remains ? since : Optional.of(now),
        lastSeen,
        address,
        Optional.of(why),
        health);
  }

  /// Whether the device was left by a lease that has run out, and nobody has said so yet: whoever
  /// says it makes `since` the end of the lease.
  public boolean leaseHasEnded(Instant now) {
    return announced && !isHeld() && !now.isBefore(onlineUntil);
  }

  /// The lease has run out, and that is told.
  public DeviceState expired() {
    return new DeviceState(
        epoch,
        Instant.EPOCH,
        false,
        false,
        Optional.of(onlineUntil),
        lastSeen,
        address,
        ended,
        health);
  }

  /// The same with another end of a lease that is not held.
  public DeviceState until(Instant end) {
    return new DeviceState(
        epoch, end, uncertain, announced, since, lastSeen, address, ended, health);
  }
}
