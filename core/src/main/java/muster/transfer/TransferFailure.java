package muster.transfer;

import java.util.Map;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// What a failed transfer means to who waited for it. A device tells it in words for people
/// (docs/device-protocol.md); those that our agent uses for the usual causes are known here, and
/// any others are a failure of the device.
final class TransferFailure {
  private TransferFailure() {}

  static Fault of(Transfer transfer) {
    String why = transfer.error().orElse("no reason was told");
    if (why.startsWith("denied by the device's policy") || why.endsWith(": permission denied")) {
      return new Fault(FaultCode.PERMISSION_DENIED, why);
    }
    if (why.endsWith(": no such file or directory")) {
      return new Fault(FaultCode.NOT_FOUND, why);
    }
    if (why.contains(", not a regular file") || why.endsWith(": not a directory")) {
      return new Fault(FaultCode.INVALID_ARGUMENT, why, Map.of("field", "path"));
    }
    return Fault.failedPrecondition(
        why, why.contains("no space left on the device") ? "no_space" : "transfer_failed");
  }
}
