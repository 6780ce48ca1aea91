package muster.http;

import com.linecorp.armeria.common.HttpRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;

/// `X-Bypass-Rate-Limit: true` (fleetd's page): with the permission, and without a scope, a request
/// passes a gate of its own; for others it changes nothing. Either way it goes on record, at most
/// 10 times a minute for each user and key. Shared by all threads.
public final class Bypass {
  private static final String HEADER = "x-bypass-rate-limit";
  private static final String ACTION = "ratelimit.bypass";
  private static final int A_MINUTE = 10;

  private final Audit audit;
  private final RateLimiter recorded;

  public Bypass(Audit audit, InstantSource clock) {
    this.audit = audit;
    this.recorded = new RateLimiter(A_MINUTE, Duration.ofMinutes(1), clock);
  }

  boolean granted(Caller caller, HttpRequest request, Route route) {
    if (!"true".equalsIgnoreCase(request.headers().get(HEADER, ""))
        || caller.kind() == Caller.Kind.ANONYMOUS) {
      return false;
    }
    boolean granted =
        Access.allows(caller, Permission.RATELIMIT_BYPASS) && caller.scope().isEmpty();
    if (recorded.take(caller.principalId()).isEmpty()) {
      Map<String, String> detail = Map.of("method", route.method().name());
      if (granted) {
        audit.record(caller, ACTION, route.path(), detail);
      } else {
        audit.refused(caller, ACTION, route.path(), detail);
      }
    }
    return granted;
  }
}
