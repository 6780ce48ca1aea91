package muster.event;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.id.DeviceId;

/// One thing that happened. `seq` orders all events of this installation; `type` is a dotted word
/// such as `device.online`; `body` holds short facts and never a secret.
public record Event(
    long seq, Instant at, String type, Optional<DeviceId> device, Map<String, String> body) {
  public static final String DEVICE_REGISTERED = "device.registered";
  public static final String DEVICE_REENROLLED = "device.reenrolled";
  public static final String DEVICE_UPDATED = "device.updated";
  public static final String DEVICE_DELETED = "device.deleted";
  public static final String DEVICE_APPROVED = "device.approved";
  public static final String DEVICE_DENIED = "device.denied";
  public static final String DEVICE_BLOCKED = "device.blocked";
  public static final String DEVICE_REVOKED = "device.revoked";
  public static final String DEVICE_ONLINE = "device.online";
  public static final String DEVICE_OFFLINE = "device.offline";
  public static final String DEVICE_CLONE_SUSPECTED = "device.clone_suspected";
  public static final String PAIRING_GUESSING = "pairing.guessing";
  public static final String COMMAND_QUEUED = "command.queued";
  public static final String COMMAND_FINISHED = "command.finished";
  public static final String TRANSFER_QUEUED = "transfer.queued";
  public static final String TRANSFER_FINISHED = "transfer.finished";

  public static final String DEPLOYMENT_STARTED = "deployment.started";
  public static final String DEPLOYMENT_CHANGED = "deployment.changed";
  public static final String DEPLOYMENT_DEVICE = "deployment.device";
  public static final String UPDATE_AVAILABLE = "update.available";

  private static final Set<String> TURNING_AWAY =
      Set.of(DEVICE_DELETED, DEVICE_DENIED, DEVICE_BLOCKED, DEVICE_REVOKED);

  /// Key of the body of [#DEVICE_DELETED] that says what becomes of what the device did; there when
  /// that goes too.
  public static final String HISTORY = "history";

  public Event {
    body = Map.copyOf(body);
  }

  /// What happened to the thing, as one word: `deleted`.
  public String verb() {
    return type.substring(type.lastIndexOf('.') + 1);
  }

  /// Whether the device may take part no more.
  public boolean turnsAway() {
    return TURNING_AWAY.contains(type);
  }

  /// Whether all that is known of what the device did goes with it.
  public boolean endsHistory() {
    return body.containsKey(HISTORY);
  }

  /// Why what the device was to do is void; empty when it is not.
  public Optional<String> endOfWork() {
    if (turnsAway()) {
      return Optional.of("the device was " + verb());
    }
    return type.equals(DEVICE_REENROLLED)
        ? Optional.of("the device was enrolled anew")
        : Optional.empty();
  }
}
