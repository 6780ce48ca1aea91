package muster.api.fleetd;

import com.google.protobuf.Any;
import com.google.rpc.RequestInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muster.connect.ConnectService;
import muster.connect.ConnectServiceBuilder;
import muster.connect.Cors;
import muster.connect.ErrorForm;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Debugging;
import muster.http.Pipeline;
import muster.http.Route;

/// fleetd's services on the server's one port, by Connect, gRPC, gRPC-Web and plain JSON.
public final class FleetdServices {
  private static final String PREFIX = "/fleetd.";
  private static final String REQUEST_ID = "x-request-id";
  private static final Duration CORS_LIFE = Duration.ofHours(2);

  private final Pipeline pipeline;
  private final RpcRoutes routes;
  private final ConnectService connect;

  /// @param reflection whether the schema is told to who asks, without a credential
  /// @param origins from which pages browsers may call; `*` = any
  public FleetdServices(
      FleetdDevices devices,
      FleetdBinaries binaries,
      FleetdUpdates updates,
      FleetdAnalytics analytics,
      Pipeline pipeline,
      Debugging debugging,
      boolean reflection,
      List<String> origins) {
    List<ServerServiceDefinition> services =
        List.of(
            devices.bindService(),
            binaries.bindService(),
            updates.bindService(),
            analytics.served(),
            new HealthStatusManager().getHealthService().bindService());
    this.pipeline = pipeline;
    this.routes = new RpcRoutes(services);
    ConnectServiceBuilder builder =
        ConnectService.builder()
            .interceptor(new RpcGate(pipeline, routes, debugging))
            .plain(FleetdServices::plain)
            .executor(pipeline.threads())
            .reflection(reflection);
    services.forEach(builder::service);
    if (!origins.isEmpty()) {
      builder.cors(cors(origins));
    }
    this.connect = builder.build();
  }

  /// As the page words errors, with the request's id also when no method was called.
  private static ErrorForm.Answer plain(Status status, RequestHeaders headers) {
    RequestInfo request =
        RequestInfo.newBuilder().setRequestId(headers.get(REQUEST_ID, "")).build();
    Status named =
        status.getDetailsCount() > 0
            ? status
            : status.toBuilder().addDetails(Any.pack(request)).build();
    return ErrorForm.upperCase().answer(named, headers);
  }

  private static Cors cors(List<String> origins) {
    return new Cors(
        Set.copyOf(origins),
        List.of("authorization", "x-api-key", "x-debug", "x-bypass-rate-limit"),
        List.of(
            REQUEST_ID,
            "retry-after",
            "server-timing",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset"),
        CORS_LIFE);
  }

  /// All methods, for the tables that tests walk.
  public List<Route> routes() {
    return routes.all();
  }

  /// Binds the services, and what is left under their names.
  public void bind(ServerBuilder server) {
    HttpService service = this::serve;
    for (com.linecorp.armeria.server.Route route : connect.routes()) {
      server.route().addRoute(route).maxRequestLength(0).requestTimeoutMillis(0).build(service);
    }
    server.service("regex:^/fleetd\\..*$", service);
  }

  private HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
    String requestId = pipeline.open(context);
    boolean isMethod = connect.paths().contains(context.path());
    if (isMethod) {
      HttpRequest named =
          request.withHeaders(request.headers().toBuilder().set(REQUEST_ID, requestId));
      return connect.serve(context, named);
    }
    FleetdFaults faults = new FleetdFaults();
    try {
      pipeline.limits().countStranger(context);
    } catch (Fault tooMany) {
      return pipeline.send(faults, requestId, tooMany);
    }
    String type = request.headers().get("content-type", "");
    if (type.startsWith("application/grpc")) {
      return connect.serve(context, request);
    }
    return pipeline.send(
        faults,
        requestId,
        new Fault(
            FaultCode.NOT_FOUND,
            "no such method: %s (expected: one of %s)"
                .formatted(context.path(), String.join(", ", methods())),
            Map.of(Fault.REASON, "unimplemented")));
  }

  private List<String> methods() {
    return connect.paths().stream().filter(path -> path.startsWith(PREFIX)).toList();
  }
}
