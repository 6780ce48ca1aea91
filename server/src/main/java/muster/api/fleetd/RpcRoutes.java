package muster.api.fleetd;

import com.linecorp.armeria.common.HttpMethod;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthGrpc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.fleetd.v1.DeviceServiceGrpc;
import muster.http.Route;

/// Who each method is for, and what it costs: its line among the routes of all dialects. A method
/// without a line is not served: the server does not start.
public final class RpcRoutes {
  private static final Map<MethodDescriptor<?, ?>, Line> LINES =
      Map.of(
          DeviceServiceGrpc.getRegisterDeviceMethod(),
          new Line(Route.Audience.PEOPLE, Route.Kind.WRITE),
          DeviceServiceGrpc.getListDevicesMethod(),
          new Line(Route.Audience.PEOPLE, Route.Kind.READ),
          DeviceServiceGrpc.getGetDeviceMethod(),
          new Line(Route.Audience.KNOWN, Route.Kind.READ),
          DeviceServiceGrpc.getUpdateDeviceMethod(),
          new Line(Route.Audience.PEOPLE, Route.Kind.WRITE),
          DeviceServiceGrpc.getDeleteDeviceMethod(),
          new Line(Route.Audience.PEOPLE, Route.Kind.WRITE),
          DeviceServiceGrpc.getHeartbeatMethod(),
          new Line(Route.Audience.DEVICES, Route.Kind.WRITE),
          DeviceServiceGrpc.getReportCommandResultMethod(),
          new Line(Route.Audience.DEVICES, Route.Kind.WRITE),
          DeviceServiceGrpc.getStreamEventsMethod(),
          new Line(Route.Audience.PEOPLE, Route.Kind.STREAM),
          HealthGrpc.getCheckMethod(),
          new Line(Route.Audience.ANYBODY, Route.Kind.READ),
          HealthGrpc.getWatchMethod(),
          new Line(Route.Audience.ANYBODY, Route.Kind.STREAM));

  private static final String REFLECTION = "grpc.reflection.";

  private final Map<String, Route> routes = new HashMap<>();

  private record Line(Route.Audience audience, Route.Kind kind) {}

  public RpcRoutes(List<ServerServiceDefinition> services) {
    for (ServerServiceDefinition service : services) {
      service.getMethods().stream()
          .map(method -> method.getMethodDescriptor())
          .forEach(method -> routes.put(method.getFullMethodName(), route(method)));
    }
  }

  private static Route route(MethodDescriptor<?, ?> method) {
    // The protocols bring it along, in two versions, each with one method.
    Line line =
        method.getFullMethodName().startsWith(REFLECTION)
            ? new Line(Route.Audience.ANYBODY, Route.Kind.STREAM)
            : LINES.get(method);
    if (line == null) {
      throw new IllegalStateException("no line for " + method.getFullMethodName());
    }
    return Route.rpc(
        HttpMethod.POST,
        "/" + method.getFullMethodName(),
        line.audience(),
        line.kind(),
        new FleetdFaults());
  }

  /// All of them, for the tables that tests walk.
  public List<Route> all() {
    return List.copyOf(routes.values());
  }

  Route of(MethodDescriptor<?, ?> method) {
    Route route = routes.get(method.getFullMethodName());
    return route == null ? route(method) : route;
  }
}
