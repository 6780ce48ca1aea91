package muster.stream;

import java.time.Duration;
import java.util.Optional;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Devices;
import muster.fault.Fault;
import muster.id.DeviceId;

/// Whether somebody who watches a device still may; looked at once a second. For one thread.
final class ViewRight {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  private final Credentials credentials;
  private final Devices devices;
  private final Caller caller;
  private final DeviceId device;
  private final Permission permission;
  private long nextNanos = System.nanoTime() + EVERY_NANOS;

  ViewRight(
      Credentials credentials,
      Devices devices,
      Caller caller,
      DeviceId device,
      Permission permission) {
    this.credentials = credentials;
    this.devices = devices;
    this.caller = caller;
    this.device = device;
    this.permission = permission;
  }

  /// Why not any more.
  Optional<String> lost() {
    if (System.nanoTime() - nextNanos < 0) {
      return Optional.empty();
    }
    nextNanos = System.nanoTime() + EVERY_NANOS;
    try {
      Caller present = credentials.renewed(caller);
      return Access.allows(present, permission) && devices.lookUp(present, device).isPresent()
          ? Optional.empty()
          : Optional.of("the right to it was taken away");
    } catch (Fault gone) {
      return Optional.of(gone.getMessage());
    }
  }
}
