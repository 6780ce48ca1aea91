package muster.api.fleetd;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Caller;
import muster.checkin.Report;
import muster.checkin.Reports;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.device.Verdict;
import muster.enrollment.Certificates;
import muster.enrollment.Enrollments;
import muster.enrollment.Machine;
import muster.enrollment.Provisions;
import muster.enrollment.Registered;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.Order;
import muster.fleetd.v1.DeleteDeviceRequest;
import muster.fleetd.v1.DeleteDeviceResponse;
import muster.fleetd.v1.DeviceServiceGrpc;
import muster.fleetd.v1.GetDeviceRequest;
import muster.fleetd.v1.GetDeviceResponse;
import muster.fleetd.v1.HeartbeatRequest;
import muster.fleetd.v1.HeartbeatResponse;
import muster.fleetd.v1.ListDevicesRequest;
import muster.fleetd.v1.ListDevicesResponse;
import muster.fleetd.v1.RegisterDeviceRequest;
import muster.fleetd.v1.RegisterDeviceResponse;
import muster.fleetd.v1.ReportCommandResultRequest;
import muster.fleetd.v1.ReportCommandResultResponse;
import muster.fleetd.v1.StreamEventsRequest;
import muster.fleetd.v1.StreamEventsResponse;
import muster.fleetd.v1.UpdateDeviceRequest;
import muster.fleetd.v1.UpdateDeviceResponse;
import muster.group.DeviceGroup;
import muster.group.Groups;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.stream.EventStreams;
import muster.stream.EventViewer;
import muster.update.DeploymentProgress;

/// fleetd's DeviceService (F088–F093, F109). Faults are thrown; [RpcGate] words them.
public final class FleetdDevices extends DeviceServiceGrpc.DeviceServiceImplBase {
  /// What a device of this dialect can do, which has no word for that: commands, and the pending
  /// update of the answer to its heartbeat.
  private static final List<String> TOOLS = List.of("bash", "install_update", "rollback_update");

  private static final int USUAL_PAGE = 50;
  private static final int LARGEST_PAGE = 100;
  private static final String CURSOR = "cursor";

  private final Devices devices;
  private final Groups groups;
  private final Provisions provisions;
  private final Enrollments enrollments;
  private final Certificates certificates;
  private final Reports reports;
  private final EventStreams events;
  private final DeploymentProgress deployments;
  private final InstantSource clock;
  private final int heartbeatSeconds;

  /// @param heartbeatSeconds how often devices are to report
  public FleetdDevices(
      Devices devices,
      Groups groups,
      Provisions provisions,
      Enrollments enrollments,
      Certificates certificates,
      Reports reports,
      EventStreams events,
      DeploymentProgress deployments,
      InstantSource clock,
      int heartbeatSeconds) {
    this.devices = devices;
    this.groups = groups;
    this.provisions = provisions;
    this.enrollments = enrollments;
    this.certificates = certificates;
    this.reports = reports;
    this.events = events;
    this.deployments = deployments;
    this.clock = clock;
    this.heartbeatSeconds = heartbeatSeconds;
  }

  private static <T> void answer(StreamObserver<T> out, T message) {
    out.onNext(message);
    out.onCompleted();
  }

  private static DeviceId id(String text) {
    if (text.isEmpty()) {
      throw Fault.invalid("device_id", text, "a device's id");
    }
    if (!DeviceId.isValid(text)) {
      throw Fault.notFound("device", text);
    }
    return new DeviceId(text);
  }

  private muster.fleetd.v1.Device message(Caller caller, Device device) {
    return messages(caller, List.of(device)).getFirst();
  }

  private List<muster.fleetd.v1.Device> messages(Caller caller, List<Device> shown) {
    // A device sees itself, and no groups: they are other people's view of it.
    Map<DeviceId, List<DeviceGroup>> memberOf =
        caller.kind() == Caller.Kind.DEVICE ? Map.of() : groups.of(caller, shown);
    return shown.stream()
        .map(device ->
            DeviceMessages.device(
                device,
                memberOf.getOrDefault(device.id(), List.of()).stream()
                    .map(FleetdDevices::idOf)
                    .toList(),
                clock.instant()))
        .toList();
  }

  private static String idOf(DeviceGroup group) {
    return group.id().value();
  }

  @Override
  public void registerDevice(
      RegisterDeviceRequest request, StreamObserver<RegisterDeviceResponse> out) {
    Machine machine =
        Machine.named(
            DeviceMessages.given(request.getDeviceId()),
            DeviceMessages.given(request.getDeviceName()),
            DeviceMessages.facts(
                    request.getDeviceType(), request.getVersion(), request.getSystemInfo())
                .withCapabilities(TOOLS),
            request.getMetadataMap());
    Caller caller = Callers.current();
    String token = Callers.ENROLLMENT.get();
    Certificates.Certified certified =
        certificates.register(
            () ->
                token.isEmpty()
                    ? provisions.register(caller, machine)
                    : enrollments.register(token, machine, caller.origin()),
            DeviceMessages.given(request.getCsr()));
    Registered registered = certified.registered();
    answer(
        out,
        RegisterDeviceResponse.newBuilder()
            .setDeviceId(registered.device().id().value())
            .setApiKey(registered.token().text())
            .setCertificate(certified.certificate().pem())
            .setRegisteredAt(Times.of(registered.device().createdAt()))
            .build());
  }

  @Override
  public void listDevices(ListDevicesRequest request, StreamObserver<ListDevicesResponse> out) {
    Caller caller = Callers.current();
    Filter filter =
        request.getFilter().isEmpty() ? Filter.ALL : DeviceFields.filter(request.getFilter());
    Order order =
        request.getOrderBy().isEmpty()
            ? DeviceFields.BY_NAME
            : DeviceFields.order(request.getOrderBy());
    Devices.Listing listing =
        list(
            caller,
            filter,
            order,
            pageSize(request.getPageSize()),
            DeviceMessages.given(request.getPageToken()));
    ListDevicesResponse.Builder page =
        ListDevicesResponse.newBuilder()
            .setTotalCount((int) devices.total(caller, filter))
            .setNextPageToken(listing.next().orElse(""))
            .addAllDevices(messages(caller, listing.page().items()));
    answer(out, page.build());
  }

  private static int pageSize(int asked) {
    if (asked < 0) {
      throw Fault.invalid("page_size", asked, "0..100");
    }
    return asked == 0 ? USUAL_PAGE : Math.min(asked, LARGEST_PAGE);
  }

  /// As [Devices#list], which knows the token by another name.
  private Devices.Listing list(
      Caller caller, Filter filter, Order order, int size, Optional<String> token) {
    try {
      return devices.list(caller, filter, order, size, token);
    } catch (Fault fault) {
      if (CURSOR.equals(fault.details().get("field"))) {
        String said = String.valueOf(fault.getMessage());
        throw new Fault(
            fault.code(),
            "page_token" + said.substring(CURSOR.length()),
            Map.of("field", "page_token"));
      }
      throw fault;
    }
  }

  @Override
  public void getDevice(GetDeviceRequest request, StreamObserver<GetDeviceResponse> out) {
    Caller caller = Callers.current();
    Device device = devices.get(caller, id(request.getDeviceId()));
    GetDeviceResponse.Builder found =
        GetDeviceResponse.newBuilder().setDevice(message(caller, device));
    if (request.getIncludeMetrics()) {
      found.setMetrics(Heartbeats.metrics(device.state().health(), reports.unnamed(device.id())));
    }
    if (request.getIncludeHealth()) {
      found.setHealth(
          HealthMessages.health(device.id().value(), Verdict.of(device, clock.instant())));
    }
    answer(out, found.build());
  }

  @Override
  public void updateDevice(UpdateDeviceRequest request, StreamObserver<UpdateDeviceResponse> out) {
    Caller caller = Callers.current();
    DeviceId id = id(request.getDeviceId());
    String other = request.getDevice().getId();
    if (!other.isEmpty() && !other.equals(id.value())) {
      throw Fault.invalid("device.id", other, id.value());
    }
    Device changed =
        devices.update(caller, id, UpdateMask.change(request.getUpdateMask(), request.getDevice()));
    answer(
        out,
        UpdateDeviceResponse.newBuilder()
            .setDevice(message(caller, changed))
            .setUpdatedAt(Times.of(changed.updatedAt()))
            .build());
  }

  @Override
  public void deleteDevice(DeleteDeviceRequest request, StreamObserver<DeleteDeviceResponse> out) {
    Caller caller = Callers.current();
    DeviceId id = id(request.getDeviceId());
    if (request.getForce()) {
      devices.delete(caller, id);
    } else {
      devices.deleteOffline(caller, id);
    }
    answer(
        out,
        DeleteDeviceResponse.newBuilder()
            .setSuccess(true)
            .setDeletedAt(Times.of(clock.instant()))
            .build());
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {
    Instant now = clock.instant();
    Report report = Heartbeats.report(request, now);
    DeviceId id = id(request.getDeviceId());
    Report.Orders orders = reports.report(Callers.current(), id, report);
    HeartbeatResponse.Builder answer =
        HeartbeatResponse.newBuilder()
            .setAcknowledged(true)
            .addAllCommands(orders.commands().stream().map(Heartbeats::command).toList())
            .addAllCancelCommands(orders.cancel().stream().map(CommandId::value).toList())
            .setIntervalSeconds(heartbeatSeconds);
    deployments.assignment(id).map(UpdateMessages::info).ifPresent(answer::setPendingUpdate);
    answer(out, answer.build());
  }

  @Override
  public void reportCommandResult(
      ReportCommandResultRequest request, StreamObserver<ReportCommandResultResponse> out) {
    reports.result(Callers.current(), id(request.getDeviceId()), Heartbeats.outcome(request));
    answer(out, ReportCommandResultResponse.newBuilder().setAcknowledged(true).build());
  }

  @Override
  public void streamEvents(StreamEventsRequest request, StreamObserver<StreamEventsResponse> out) {
    EventViewer viewer =
        events.watch(
            Callers.current(),
            request.getDeviceFilter(),
            request.getEventsList(),
            request.hasAfterId() ? Optional.of(request.getAfterId()) : Optional.empty());
    EventSink sink = new EventSink((ServerCallStreamObserver<StreamEventsResponse>) out);
    try {
      Optional<EventViewer.End> end = viewer.run(true, sink);
      if (end.isPresent()) {
        throw new Fault(FaultCode.UNAVAILABLE, end.get().text());
      }
      if (sink.isOpen()) {
        out.onCompleted();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
