package muster.api.fleetd;

import java.util.Optional;
import muster.command.CommandStatus;
import muster.fleetd.v1.DeploymentDecision;
import muster.fleetd.v1.DeploymentMetrics;
import muster.fleetd.v1.DeploymentStatus;
import muster.fleetd.v1.DeviceDeploymentStatus;
import muster.rollout.Strategy;
import muster.rollout.Tally;
import muster.update.Artifact;
import muster.update.Deployment;
import muster.update.DeploymentProgress;
import muster.update.Update;

/// Deployments as fleetd's messages say them.
final class DeploymentMessages {
  private static final int ALL = 100;

  private DeploymentMessages() {}

  static DeploymentStatus status(Deployment deployment, Update update, Tally all) {
    DeploymentStatus.Builder message =
        DeploymentStatus.newBuilder()
            .setDeploymentId(deployment.id().value())
            .setUpdateId(deployment.update().value())
            .setState(DeploymentStatus.State.valueOf(deployment.status().name()))
            .setPhase(phase(deployment))
            .setTotalDevices(all.total())
            .setPendingDevices(all.pending() + all.away())
            .setRunningDevices(all.running())
            .setSucceededDevices(all.succeeded())
            .setFailedDevices(all.failed())
            .setCancelledDevices(all.leftOut())
            .setRolledBackDevices(all.rolledBack())
            .setPercentageComplete(percentage(all))
            .setCurrentBatch(deployment.batch())
            .setTotalBatches(deployment.batches())
            .setStartedAt(Times.of(deployment.createdAt()))
            .setUpdatedAt(Times.of(deployment.updatedAt()))
            .setMessage(deployment.message())
            .setUpdateName(update.content().name())
            .setUpdateVersion(update.content().version())
            .setRequestedBy(deployment.requestedBy());
    deployment.reverts().ifPresent(id -> message.setRevertsDeploymentId(id.value()));
    deployment.finishedAt().ifPresent(at -> message.setCompletedAt(Times.of(at)));
    return message.build();
  }

  private static String phase(Deployment deployment) {
    if (deployment.reverts().isPresent()) {
      return "rollback";
    }
    Strategy strategy = deployment.plan().strategy();
    return strategy == Strategy.CANARY && deployment.batch() > 1 ? "full" : strategy.word();
  }

  private static double percentage(Tally all) {
    int left = all.pending() + all.away() + all.running();
    return all.total() == 0 ? ALL : (double) ALL * (all.total() - left) / all.total();
  }

  static DeploymentMetrics metrics(DeploymentProgress.Account account) {
    Tally all = account.all();
    DeploymentMetrics.Builder message =
        DeploymentMetrics.newBuilder()
            .setSuccessRate(rate(all.succeeded() + all.rolledBack(), all))
            .setFailureRate(rate(all.failed(), all))
            .setDevicesUpdated(all.succeeded())
            .setDevicesFailed(all.failed())
            .setDevicesPending(all.pending() + all.away() + all.running())
            .setBytesTransferred(bytes(account))
            .putAllFailuresByReason(account.figures().failures());
    account
        .figures()
        .averageDuration()
        .ifPresent(average -> message.setAverageDuration(UpdateMessages.duration(average)));
    return message.build();
  }

  private static double rate(int devices, Tally all) {
    return all.tried() == 0 ? 0 : (double) devices / all.tried();
  }

  /// What those fetched that succeeded; known when all of them fetch the same.
  private static long bytes(DeploymentProgress.Account account) {
    boolean fetched = account.deployment().reverts().isEmpty();
    return account.update().content().artifacts().stream()
        .mapToLong(Artifact::size)
        .filter(size -> fetched && account.update().content().artifacts().size() == 1)
        .map(size -> size * (account.all().succeeded() + account.all().rolledBack()))
        .sum();
  }

  static DeploymentDecision decision(Deployment.Note note) {
    return DeploymentDecision.newBuilder()
        .setDecidedAt(Times.of(note.at()))
        .setBatch(note.batch())
        .setDecision(note.decision())
        .setReason(note.why())
        .addAllFindings(note.verdict().lines().toList())
        .build();
  }

  static DeviceDeploymentStatus device(DeploymentProgress.PartState state, Update update) {
    Deployment.Part part = state.part();
    DeviceDeploymentStatus.Builder message =
        DeviceDeploymentStatus.newBuilder()
            .setDeviceId(part.device().value())
            .setDeviceName(state.name().orElse(""))
            .setState(at(state))
            .setProgressPercentage(progress(state))
            .setMessage(part.detail().or(() -> state.report().detail()).orElse(""))
            .setErrorCode(part.reason().filter(why -> isError(part)).orElse(""))
            .setErrorDetails(part.detail().filter(why -> isError(part)).orElse(""))
            .setRetryCount(part.retries())
            .setFromVersion(part.from().orElse(""))
            .setToVersion(update.content().version())
            .setBatch(part.batch());
    part.startedAt().ifPresent(at -> message.setStartedAt(Times.of(at)));
    part.finishedAt().or(part::startedAt).ifPresent(at -> message.setUpdatedAt(Times.of(at)));
    part.finishedAt().ifPresent(at -> message.setCompletedAt(Times.of(at)));
    return message.build();
  }

  private static boolean isError(Deployment.Part part) {
    return part.at() == Deployment.Part.At.FAILED || part.at() == Deployment.Part.At.LEFT_OUT;
  }

  private static DeviceDeploymentStatus.State at(DeploymentProgress.PartState state) {
    return switch (state.part().at()) {
      case PENDING, AWAY -> DeviceDeploymentStatus.State.PENDING;
      case RUNNING -> step(state);
      case SUCCEEDED -> DeviceDeploymentStatus.State.COMPLETED;
      case FAILED -> DeviceDeploymentStatus.State.FAILED;
      case LEFT_OUT -> DeviceDeploymentStatus.State.CANCELLED;
      case ROLLED_BACK -> DeviceDeploymentStatus.State.ROLLED_BACK;
    };
  }

  private static DeviceDeploymentStatus.State step(DeploymentProgress.PartState state) {
    if (!state.status().equals(Optional.of(CommandStatus.RUNNING))) {
      return DeviceDeploymentStatus.State.PENDING;
    }
    return switch (state.report().step().orElse("")) {
      case "verify" -> DeviceDeploymentStatus.State.VALIDATING;
      case "install" -> DeviceDeploymentStatus.State.INSTALLING;
      case "switch", "restart" -> DeviceDeploymentStatus.State.RESTARTING;
      case "check", "commit" -> DeviceDeploymentStatus.State.VERIFYING;
      default -> DeviceDeploymentStatus.State.DOWNLOADING;
    };
  }

  private static double progress(DeploymentProgress.PartState state) {
    return switch (state.part().at()) {
      case PENDING, AWAY, LEFT_OUT -> 0;
      case RUNNING -> state.report().percent().orElse(0);
      case SUCCEEDED, FAILED, ROLLED_BACK -> ALL;
    };
  }
}
