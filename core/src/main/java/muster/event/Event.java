package muster.event;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.id.DeviceId;

/// One thing that happened. `seq` orders all events of this installation; `type` is a dotted word
/// such as `device.online`; `body` holds short facts and never a secret.
public record Event(
    long seq, Instant at, String type, Optional<DeviceId> device, Map<String, String> body) {
  public static final String DEVICE_REGISTERED = "device.registered";
  public static final String DEVICE_UPDATED = "device.updated";
  public static final String DEVICE_DELETED = "device.deleted";
  public static final String DEVICE_ONLINE = "device.online";
  public static final String DEVICE_OFFLINE = "device.offline";
  public static final String DEVICE_CLONE_SUSPECTED = "device.clone_suspected";
  public static final String COMMAND_QUEUED = "command.queued";
  public static final String COMMAND_FINISHED = "command.finished";

  public Event {
    body = Map.copyOf(body);
  }
}
