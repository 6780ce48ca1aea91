package muster.api.fleetd;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.Set;
import muster.device.DeviceFields;
import muster.filter.Filter;
import muster.fleetd.v1.AnalyticsServiceGrpc;
import muster.fleetd.v1.GetDeviceHealthRequest;
import muster.fleetd.v1.GetDeviceHealthResponse;
import muster.fleetd.v1.GetMetricsRequest;
import muster.fleetd.v1.GetMetricsResponse;
import muster.health.FleetHealth;
import muster.telemetry.Metrics;

/// fleetd's AnalyticsService (F100, F101). Faults are thrown; [RpcGate] words them.
public final class FleetdAnalytics extends AnalyticsServiceGrpc.AnalyticsServiceImplBase {
  private static final Set<MethodDescriptor<?, ?>> SERVED =
      Set.of(
          AnalyticsServiceGrpc.getGetMetricsMethod(),
          AnalyticsServiceGrpc.getGetDeviceHealthMethod());

  private final FleetHealth health;
  private final Metrics metrics;

  public FleetdAnalytics(FleetHealth health, Metrics metrics) {
    this.health = health;
    this.metrics = metrics;
  }

  /// What there is of the service: a method that is not there must not look like one that fails.
  ServerServiceDefinition served() {
    ServerServiceDefinition whole = bindService();
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(AnalyticsServiceGrpc.SERVICE_NAME)
            .setSchemaDescriptor(whole.getServiceDescriptor().getSchemaDescriptor());
    SERVED.forEach(descriptor::addMethod);
    ServerServiceDefinition.Builder part = ServerServiceDefinition.builder(descriptor.build());
    whole.getMethods().stream()
        .filter(method -> SERVED.contains(method.getMethodDescriptor()))
        .forEach(part::addMethod);
    return part.build();
  }

  @Override
  public void getMetrics(GetMetricsRequest request, StreamObserver<GetMetricsResponse> out) {
    out.onNext(
        MetricMessages.response(
            request, metrics.get(Callers.current(), MetricMessages.request(request))));
    out.onCompleted();
  }

  @Override
  public void getDeviceHealth(
      GetDeviceHealthRequest request, StreamObserver<GetDeviceHealthResponse> out) {
    Optional<Filter> filter =
        DeviceMessages.given(request.getDeviceFilter())
            .map(text -> DeviceFields.filter("device_filter", text));
    out.onNext(
        HealthMessages.response(
            health.report(
                Callers.current(),
                request.getDeviceIdsList(),
                filter,
                HealthMessages.extent(request.getCheckType(), request.getCheckTypeValue()))));
    out.onCompleted();
  }
}
