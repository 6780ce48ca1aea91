package muster.api.muster;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.auth.Access;
import muster.auth.Permission;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the server lives, is ready, and how it does (F157).
public final class HealthApi {
  private static final Logger log = LoggerFactory.getLogger(HealthApi.class);

  private final Runnable storeCheck;
  private final Supplier<String> metrics;

  /// @param storeCheck throws when the store does not answer
  /// @param metrics the meters in Prometheus' text format
  public HealthApi(Runnable storeCheck, Supplier<String> metrics) {
    this.storeCheck = storeCheck;
    this.metrics = metrics;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
        .open(
            HttpMethod.GET,
            "/healthz",
            Route.Kind.HEALTH,
            0,
            call -> Reply.ok(Map.of("status", "ok")))
        .open("/readyz", this::ready)
        .get("/metrics", this::metrics)
        .list();
  }

  private Reply ready(Call call) {
    try {
      storeCheck.run();
      return Reply.ok(Map.of("status", "ready"));
    } catch (RuntimeException e) {
      log.warn("not ready: the store does not answer", e);
      return Reply.json(
          HttpStatus.SERVICE_UNAVAILABLE,
          Map.of("status", "not ready", "reason", "the store does not answer"));
    }
  }

  private Reply metrics(Call call) {
    // Meters count all devices and everybody's requests: nothing for a key with a scope.
    Access.requireUnscoped(call.caller(), Permission.SERVER_VIEW);
    return Reply.text(MediaType.parse("text/plain; version=0.0.4; charset=utf-8"), metrics.get());
  }
}
