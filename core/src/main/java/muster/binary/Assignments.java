package muster.binary;

import muster.fault.Fault;
import muster.id.DeviceId;

/// What binaries are for: the port to those who hand them out.
public interface Assignments {
  /// Whether the device is to have it. Asked for every fetch, and again every few seconds.
  boolean includes(DeviceId device, Binary binary);

  /// Inside the transaction that takes the binary away.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `binary_in_use` when something names it
  void requireUnused(Binary binary);
}
