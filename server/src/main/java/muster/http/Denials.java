package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// Puts on record who was refused a write for want of a right or of a scope: at most 10 a minute
/// for each user and key, which is enough to see what somebody tries and too little to bury the log
/// under. Strangers are left out: they have no name to record, and no end. Devices count as
/// themselves. Shared by all threads.
public final class Denials {
  private static final int A_MINUTE = 10;
  private static final int MAX_PATH = 256;

  private final Audit audit;
  private final RateLimiter limit;

  public Denials(Audit audit, InstantSource clock) {
    this.audit = audit;
    this.limit = new RateLimiter(A_MINUTE, Duration.ofMinutes(1), clock);
  }

  /// What lies outside a caller's scope is answered as if it were not there; that it was asked for
  /// is on record, whether it is there or not.
  private static boolean isDenial(Caller caller, Fault fault) {
    return fault.code() == FaultCode.PERMISSION_DENIED
        || (fault.code() == FaultCode.NOT_FOUND && caller.scope().isPresent());
  }

  void record(Caller caller, Route route, String path, Exception problem) {
    if (problem instanceof Fault fault
        && isDenial(caller, fault)
        && caller.kind() != Caller.Kind.ANONYMOUS
        && route.method() != HttpMethod.GET
        && route.kind() != Route.Kind.READ
        && limit.take(caller.principalId()).isEmpty()) {
      audit.refused(
          caller,
          "request",
          path.length() <= MAX_PATH ? path : path.substring(0, MAX_PATH),
          Map.of("method", route.method().name(), "reason", fault.getMessage()));
    }
  }
}
