package muster.api.fleetd;

import static muster.http.Route.Audience.ANYBODY;
import static muster.http.Route.Audience.DEVICES;
import static muster.http.Route.Audience.KNOWN;
import static muster.http.Route.Audience.PEOPLE;
import static muster.http.Route.Kind.READ;
import static muster.http.Route.Kind.STREAM;
import static muster.http.Route.Kind.TRANSFER;
import static muster.http.Route.Kind.WRITE;

import com.linecorp.armeria.common.HttpMethod;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthGrpc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.fleetd.v1.AnalyticsServiceGrpc;
import muster.fleetd.v1.BinaryServiceGrpc;
import muster.fleetd.v1.DeviceServiceGrpc;
import muster.fleetd.v1.UpdateServiceGrpc;
import muster.http.Route;

/// Who each method is for, and what it costs: its line among the routes of all dialects. A method
/// without a line is not served: the server does not start.
public final class RpcRoutes {
  private static final Map<MethodDescriptor<?, ?>, Line> LINES =
      Map.ofEntries(
          line(DeviceServiceGrpc.getRegisterDeviceMethod(), PEOPLE, WRITE),
          line(DeviceServiceGrpc.getListDevicesMethod(), PEOPLE, READ),
          line(DeviceServiceGrpc.getGetDeviceMethod(), KNOWN, READ),
          line(DeviceServiceGrpc.getUpdateDeviceMethod(), PEOPLE, WRITE),
          line(DeviceServiceGrpc.getDeleteDeviceMethod(), PEOPLE, WRITE),
          line(DeviceServiceGrpc.getHeartbeatMethod(), DEVICES, WRITE),
          line(DeviceServiceGrpc.getReportCommandResultMethod(), DEVICES, WRITE),
          line(DeviceServiceGrpc.getStreamEventsMethod(), PEOPLE, STREAM),
          line(UpdateServiceGrpc.getCreateUpdateMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getGetUpdateMethod(), PEOPLE, READ),
          line(UpdateServiceGrpc.getListUpdatesMethod(), PEOPLE, READ),
          line(UpdateServiceGrpc.getDeprecateUpdateMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getPreviewDeploymentMethod(), PEOPLE, READ),
          line(UpdateServiceGrpc.getDeployUpdateMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getGetDeploymentStatusMethod(), PEOPLE, READ),
          line(UpdateServiceGrpc.getListDeploymentsMethod(), PEOPLE, READ),
          line(UpdateServiceGrpc.getRollbackDeploymentMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getPromoteDeploymentMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getPauseDeploymentMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getResumeDeploymentMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getCancelDeploymentMethod(), PEOPLE, WRITE),
          line(UpdateServiceGrpc.getRetryDeploymentMethod(), PEOPLE, WRITE),
          line(BinaryServiceGrpc.getUploadBinaryMethod(), PEOPLE, TRANSFER),
          line(BinaryServiceGrpc.getDownloadBinaryMethod(), KNOWN, TRANSFER),
          line(AnalyticsServiceGrpc.getGetMetricsMethod(), PEOPLE, READ),
          line(AnalyticsServiceGrpc.getGetDeviceHealthMethod(), PEOPLE, READ),
          line(HealthGrpc.getCheckMethod(), ANYBODY, READ),
          line(HealthGrpc.getWatchMethod(), ANYBODY, STREAM));

  private static final String REFLECTION = "grpc.reflection.";

  private final Map<String, Route> routes = new HashMap<>();

  private record Line(Route.Audience audience, Route.Kind kind) {}

  private static Map.Entry<MethodDescriptor<?, ?>, Line> line(
      MethodDescriptor<?, ?> method, Route.Audience audience, Route.Kind kind) {
    return Map.entry(method, new Line(audience, kind));
  }

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
            ? new Line(ANYBODY, STREAM)
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
