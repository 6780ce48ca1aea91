package muster.binary;

import muster.id.DeviceId;

/// Which binaries are for which devices: those of updates that are rolled out to them.
@FunctionalInterface
public interface Assignments {
  /// No device gets any.
  Assignments NONE = (device, binary) -> false;

  /// Whether the device is to have it. Asked for every fetch, and again every few seconds.
  boolean includes(DeviceId device, Binary binary);
}
