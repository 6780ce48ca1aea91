package muster.api.fleetd;

import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fleetd.v1.CancelDeploymentRequest;
import muster.fleetd.v1.CancelDeploymentResponse;
import muster.fleetd.v1.CreateUpdateRequest;
import muster.fleetd.v1.CreateUpdateResponse;
import muster.fleetd.v1.DeployUpdateRequest;
import muster.fleetd.v1.DeployUpdateResponse;
import muster.fleetd.v1.DeploymentStatus;
import muster.fleetd.v1.DeprecateUpdateRequest;
import muster.fleetd.v1.DeprecateUpdateResponse;
import muster.fleetd.v1.GetDeploymentStatusRequest;
import muster.fleetd.v1.GetDeploymentStatusResponse;
import muster.fleetd.v1.GetUpdateRequest;
import muster.fleetd.v1.GetUpdateResponse;
import muster.fleetd.v1.ListDeploymentsRequest;
import muster.fleetd.v1.ListDeploymentsResponse;
import muster.fleetd.v1.ListUpdatesRequest;
import muster.fleetd.v1.ListUpdatesResponse;
import muster.fleetd.v1.PauseDeploymentRequest;
import muster.fleetd.v1.PauseDeploymentResponse;
import muster.fleetd.v1.PreviewDeploymentRequest;
import muster.fleetd.v1.PreviewDeploymentResponse;
import muster.fleetd.v1.PromoteDeploymentRequest;
import muster.fleetd.v1.PromoteDeploymentResponse;
import muster.fleetd.v1.ResumeDeploymentRequest;
import muster.fleetd.v1.ResumeDeploymentResponse;
import muster.fleetd.v1.RetryDeploymentRequest;
import muster.fleetd.v1.RetryDeploymentResponse;
import muster.fleetd.v1.RollbackDeploymentRequest;
import muster.fleetd.v1.RollbackDeploymentResponse;
import muster.fleetd.v1.UpdateServiceGrpc;
import muster.id.DeploymentId;
import muster.update.Deployment;
import muster.update.DeploymentProgress;
import muster.update.Deployments;
import muster.update.Update;
import muster.update.Updates;

/// fleetd's UpdateService (F094–F099). Faults are thrown; [RpcGate] words them.
public final class FleetdUpdates extends UpdateServiceGrpc.UpdateServiceImplBase {
  private static final int USUAL_PAGE = 50;
  private static final int LARGEST_PAGE = 100;
  private static final int MOST_DEVICES = 10_000;
  private static final int MOST_BATCHES = 1_000;

  private final Updates updates;
  private final Deployments deployments;
  private final DeploymentProgress progress;

  public FleetdUpdates(Updates updates, Deployments deployments, DeploymentProgress progress) {
    this.updates = updates;
    this.deployments = deployments;
    this.progress = progress;
  }

  private static <T> void answer(StreamObserver<T> out, T message) {
    out.onNext(message);
    out.onCompleted();
  }

  private static DeploymentId id(String text) {
    if (text.isEmpty()) {
      throw Fault.invalid("deployment_id", text, "a deployment's id");
    }
    return new DeploymentId(text);
  }

  private static int pageSize(int asked, int usual, int largest) {
    if (asked < 0) {
      throw Fault.invalid("page_size", asked, "0..%d".formatted(largest));
    }
    return asked == 0 ? usual : Math.min(asked, largest);
  }

  @Override
  public void createUpdate(CreateUpdateRequest request, StreamObserver<CreateUpdateResponse> out) {
    Update update = updates.create(Callers.current(), UpdateMessages.content(request));
    answer(
        out,
        CreateUpdateResponse.newBuilder()
            .setUpdate(UpdateMessages.update(update))
            .setUpdateId(update.id().value())
            .setCreatedAt(Times.of(update.createdAt()))
            .build());
  }

  @Override
  public void getUpdate(GetUpdateRequest request, StreamObserver<GetUpdateResponse> out) {
    Update update = updates.get(Callers.current(), UpdateMessages.updateId(request.getUpdateId()));
    answer(out, GetUpdateResponse.newBuilder().setUpdate(UpdateMessages.update(update)).build());
  }

  @Override
  public void listUpdates(ListUpdatesRequest request, StreamObserver<ListUpdatesResponse> out) {
    Updates.Listing listing =
        updates.list(
            Callers.current(),
            DeviceMessages.given(request.getName()),
            pageSize(request.getPageSize(), USUAL_PAGE, LARGEST_PAGE),
            DeviceMessages.given(request.getPageToken()));
    answer(
        out,
        ListUpdatesResponse.newBuilder()
            .addAllUpdates(listing.page().items().stream().map(UpdateMessages::update).toList())
            .setNextPageToken(listing.next().orElse(""))
            .build());
  }

  @Override
  public void deprecateUpdate(
      DeprecateUpdateRequest request, StreamObserver<DeprecateUpdateResponse> out) {
    Update update =
        updates.deprecate(Callers.current(), UpdateMessages.updateId(request.getUpdateId()));
    answer(
        out, DeprecateUpdateResponse.newBuilder().setUpdate(UpdateMessages.update(update)).build());
  }

  @Override
  public void previewDeployment(
      PreviewDeploymentRequest request, StreamObserver<PreviewDeploymentResponse> out) {
    Deployments.Preview preview =
        deployments.preview(Callers.current(), UpdateMessages.request(request.getDeployment()));
    answer(
        out,
        PreviewDeploymentResponse.newBuilder()
            .setTargetDeviceCount(preview.devices())
            .setOnlineDevices(preview.online())
            .putAllLeftOut(preview.leftOut())
            .addAllBatchSizes(preview.batches().stream().limit(MOST_BATCHES).toList())
            .setTotalBatches(preview.batches().size())
            .build());
  }

  @Override
  public void deployUpdate(DeployUpdateRequest request, StreamObserver<DeployUpdateResponse> out) {
    Deployments.Begun begun = deployments.start(Callers.current(), UpdateMessages.request(request));
    answer(
        out,
        DeployUpdateResponse.newBuilder()
            .setDeploymentId(begun.deployment().id().value())
            .setTargetDeviceCount(begun.devices())
            .setStartedAt(Times.of(begun.deployment().createdAt()))
            .build());
  }

  @Override
  public void getDeploymentStatus(
      GetDeploymentStatusRequest request, StreamObserver<GetDeploymentStatusResponse> out) {
    Caller caller = Callers.current();
    DeploymentId id = id(request.getDeploymentId());
    DeploymentProgress.Account account = progress.account(caller, id);
    GetDeploymentStatusResponse.Builder message =
        GetDeploymentStatusResponse.newBuilder()
            .setStatus(
                DeploymentMessages.status(account.deployment(), account.update(), account.all()))
            .setMetrics(DeploymentMessages.metrics(account))
            .addAllDecisions(account.notes().stream().map(DeploymentMessages::decision).toList())
            .setRollbackDeploymentId(account.revert().map(DeploymentId::value).orElse(""));
    if (request.getIncludeDeviceDetails()) {
      DeploymentProgress.Parts parts =
          progress.parts(
              caller,
              id,
              pageSize(request.getPageSize(), MOST_DEVICES, MOST_DEVICES),
              DeviceMessages.given(request.getPageToken()));
      message
          .addAllDeviceStatuses(
              parts.parts().stream()
                  .map(part -> DeploymentMessages.device(part, account.update()))
                  .toList())
          .setNextPageToken(parts.next().orElse(""));
    }
    answer(out, message.build());
  }

  private DeploymentStatus status(Caller caller, DeploymentId id) {
    DeploymentProgress.Summary summary = progress.summary(caller, id);
    return DeploymentMessages.status(summary.deployment(), summary.update(), summary.all());
  }

  @Override
  public void listDeployments(
      ListDeploymentsRequest request, StreamObserver<ListDeploymentsResponse> out) {
    Caller caller = Callers.current();
    DeploymentProgress.Listing listing =
        progress.list(
            caller,
            pageSize(request.getPageSize(), USUAL_PAGE, LARGEST_PAGE),
            DeviceMessages.given(request.getPageToken()));
    List<DeploymentStatus> statuses =
        listing.page().items().stream().map(deployment -> status(caller, deployment.id())).toList();
    answer(
        out,
        ListDeploymentsResponse.newBuilder()
            .addAllDeployments(statuses)
            .setNextPageToken(listing.next().orElse(""))
            .build());
  }

  @Override
  public void rollbackDeployment(
      RollbackDeploymentRequest request, StreamObserver<RollbackDeploymentResponse> out) {
    Deployments.Rollback rollback =
        deployments.rollBack(
            Callers.current(),
            id(request.getDeploymentId()),
            request.getReason(),
            request.getForce());
    answer(
        out,
        RollbackDeploymentResponse.newBuilder()
            .setSuccess(true)
            .setDevicesRolledBack(rollback.ordered())
            .setRolledBackAt(Times.of(rollback.at()))
            .build());
  }

  private <T> void steer(
      String deployment,
      BiFunction<Caller, DeploymentId, Deployment> deed,
      Function<DeploymentStatus, T> message,
      StreamObserver<T> out) {
    Caller caller = Callers.current();
    Deployment steered = deed.apply(caller, id(deployment));
    answer(out, message.apply(status(caller, steered.id())));
  }

  @Override
  public void promoteDeployment(
      PromoteDeploymentRequest request, StreamObserver<PromoteDeploymentResponse> out) {
    steer(
        request.getDeploymentId(),
        deployments::promote,
        status -> PromoteDeploymentResponse.newBuilder().setStatus(status).build(),
        out);
  }

  @Override
  public void pauseDeployment(
      PauseDeploymentRequest request, StreamObserver<PauseDeploymentResponse> out) {
    steer(
        request.getDeploymentId(),
        deployments::pause,
        status -> PauseDeploymentResponse.newBuilder().setStatus(status).build(),
        out);
  }

  @Override
  public void resumeDeployment(
      ResumeDeploymentRequest request, StreamObserver<ResumeDeploymentResponse> out) {
    steer(
        request.getDeploymentId(),
        deployments::resume,
        status -> ResumeDeploymentResponse.newBuilder().setStatus(status).build(),
        out);
  }

  @Override
  public void cancelDeployment(
      CancelDeploymentRequest request, StreamObserver<CancelDeploymentResponse> out) {
    steer(
        request.getDeploymentId(),
        deployments::cancel,
        status -> CancelDeploymentResponse.newBuilder().setStatus(status).build(),
        out);
  }

  @Override
  public void retryDeployment(
      RetryDeploymentRequest request, StreamObserver<RetryDeploymentResponse> out) {
    steer(
        request.getDeploymentId(),
        deployments::retry,
        status -> RetryDeploymentResponse.newBuilder().setStatus(status).build(),
        out);
  }
}
