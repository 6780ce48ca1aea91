package muster.deploy;

import java.util.Locale;
import java.util.Map;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// What an attempt does, in this order.
public enum Step {
  /// The machine answers as an SSH server.
  CONNECT,
  /// Its key is the one that is known, or the first one ever seen there.
  HOST_KEY,
  /// It lets us in.
  AUTHENTICATE,
  /// It is a Linux with what the agent needs, root can be had, and it reaches this server.
  PREFLIGHT,
  /// The agent is there.
  COPY,
  /// The agent is installed with the key of its device, and started.
  INSTALL,
  /// The agent has connected to this server.
  HELLO;

  /// Key of a fault's detail: at which step the attempt ended.
  public static final String DETAIL = "step";

  /// The reason of a fault when a step failed.
  public static final String FAILED = "deploy_failed";

  /// The reason of a fault when a step took too long.
  public static final String LATE = "deploy_timeout";

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The fault of an attempt that ends here.
  public Fault failed(String message) {
    return fault(FAILED, message);
  }

  /// The fault of an attempt that has no more time here.
  public Fault late(String message) {
    return fault(LATE, message);
  }

  private Fault fault(String reason, String message) {
    return new Fault(
        FaultCode.FAILED_PRECONDITION,
        "%s: %s".formatted(word(), message),
        Map.of(Fault.REASON, reason, DETAIL, word()));
  }
}
