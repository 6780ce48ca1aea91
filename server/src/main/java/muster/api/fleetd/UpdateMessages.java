package muster.api.fleetd;

import com.google.protobuf.Duration;
import java.time.DayOfWeek;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.fleetd.v1.CreateUpdateRequest;
import muster.fleetd.v1.DeployUpdateRequest;
import muster.fleetd.v1.DeploymentConfig;
import muster.fleetd.v1.DeploymentHealthCheck;
import muster.fleetd.v1.StrategyType;
import muster.fleetd.v1.UpdateInfo;
import muster.fleetd.v1.UpdateStrategy;
import muster.id.DeviceId;
import muster.id.UpdateId;
import muster.rollout.HealthGate;
import muster.rollout.MaintenanceWindow;
import muster.rollout.Pacing;
import muster.rollout.Strategy;
import muster.update.Artifact;
import muster.update.DeploymentProgress;
import muster.update.DeploymentRequest;
import muster.update.HealthCheck;
import muster.update.Terms;
import muster.update.Update;

/// Updates and what is asked of deployments as fleetd's messages say them, and back. In these a
/// number that is 0 was not said.
final class UpdateMessages {
  private static final String NO_SIGNS = "NONE";
  private static final int USUAL_STATUS = 200;

  private UpdateMessages() {}

  static Update.Content content(CreateUpdateRequest request) {
    if (request.getArtifactsCount() == 0) {
      throw Fault.invalid("artifacts", "", "one at least");
    }
    return new Update.Content(
        request.getName(),
        request.getVersion(),
        request.getDescription(),
        request.getArtifactsList().stream().map(UpdateMessages::artifact).toList(),
        pacing(request.getStrategy()),
        request.getMetadataMap());
  }

  private static Artifact artifact(muster.fleetd.v1.Artifact message) {
    if (!message.getBinaryId().isEmpty() && !message.getUrl().isEmpty()) {
      throw Fault.invalid("artifacts.url", message.getUrl(), "a url or a binary_id, not both");
    }
    return new Artifact(
        message.getPlatform(),
        DeviceMessages.given(message.getArchitecture()),
        message.getBinaryId().isEmpty() ? message.getUrl() : "binary:" + message.getBinaryId(),
        message.getChecksum(),
        message.getSizeBytes(),
        switch (message.getType()) {
          case BINARY -> Optional.of(Artifact.Type.BINARY);
          case ARCHIVE -> Optional.of(Artifact.Type.ARCHIVE);
          case SCRIPT -> Optional.of(Artifact.Type.SCRIPT);
          case TYPE_UNSPECIFIED -> Optional.empty();
          case UNRECOGNIZED ->
              throw Fault.invalid(
                  "artifacts.type", message.getTypeValue(), "BINARY, ARCHIVE or SCRIPT");
        },
        DeviceMessages.given(message.getSignature()),
        DeviceMessages.given(message.getTargetPath()),
        message.getInstallCommandList(),
        message.getRestartCommandList(),
        DeviceMessages.given(message.getHandover()));
  }

  private static muster.fleetd.v1.Artifact artifact(Artifact artifact) {
    return muster.fleetd.v1.Artifact.newBuilder()
        .setPlatform(artifact.platform())
        .setArchitecture(artifact.architecture().orElse(""))
        .setUrl(artifact.source())
        .setBinaryId(artifact.binary().orElse(""))
        .setChecksum(artifact.checksum())
        .setSizeBytes(artifact.size())
        .setTypeValue(artifact.type().map(type -> type.ordinal() + 1).orElse(0))
        .setSignature(artifact.signature().orElse(""))
        .setTargetPath(artifact.targetPath().orElse(""))
        .addAllInstallCommand(artifact.installCommand())
        .addAllRestartCommand(artifact.restartCommand())
        .setHandover(artifact.handover().orElse(""))
        .build();
  }

  static muster.fleetd.v1.Update update(Update update) {
    Update.Content content = update.content();
    return muster.fleetd.v1.Update.newBuilder()
        .setId(update.id().value())
        .setName(content.name())
        .setVersion(content.version())
        .setDescription(content.description())
        .addAllArtifacts(content.artifacts().stream().map(UpdateMessages::artifact).toList())
        .setStrategy(strategy(content.pacing()))
        .putAllMetadata(content.metadata())
        .setStatus(
            switch (update.status()) {
              case READY -> muster.fleetd.v1.Update.Status.READY;
              case DEPRECATED -> muster.fleetd.v1.Update.Status.DEPRECATED;
            })
        .setCreatedAt(Times.of(update.createdAt()))
        .setCreatedBy(update.createdBy())
        .build();
  }

  private static Pacing pacing(UpdateStrategy message) {
    return new Pacing(
        strategy("strategy.type", message.getType()),
        given(message.getMaxParallel()),
        given(message.getMaxFailurePercentage()),
        Optional.empty(),
        given(message.getBatchSize()),
        given(message.getBatchPercentage()),
        Optional.empty(),
        duration(message.hasPauseBetweenBatches(), message.getPauseBetweenBatches()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static UpdateStrategy strategy(Pacing pacing) {
    UpdateStrategy.Builder message =
        UpdateStrategy.newBuilder()
            .setType(
                pacing
                    .strategy()
                    .map(one -> StrategyType.valueOf(one.name()))
                    .orElse(StrategyType.STRATEGY_TYPE_UNSPECIFIED))
            .setMaxParallel(pacing.atOnce().orElse(0))
            .setMaxFailurePercentage(pacing.maxFailurePercentage().orElse(0.0))
            .setBatchSize(pacing.batch().orElse(0))
            .setBatchPercentage(pacing.batchPercentage().orElse(0.0));
    pacing.pause().ifPresent(pause -> message.setPauseBetweenBatches(duration(pause)));
    return message.build();
  }

  private static Optional<Strategy> strategy(String field, StrategyType type) {
    return switch (type) {
      case STRATEGY_TYPE_UNSPECIFIED -> Optional.empty();
      case IMMEDIATE -> Optional.of(Strategy.IMMEDIATE);
      case ROLLING -> Optional.of(Strategy.ROLLING);
      case CANARY -> Optional.of(Strategy.CANARY);
      case BLUE_GREEN -> Optional.of(Strategy.BLUE_GREEN);
      case UNRECOGNIZED ->
          throw Fault.invalid(field, "unknown", "IMMEDIATE, ROLLING, CANARY or BLUE_GREEN");
    };
  }

  private static Optional<Integer> given(int number) {
    return Optional.of(number).filter(said -> said != 0);
  }

  private static Optional<Double> given(double number) {
    return Optional.of(number).filter(said -> said != 0);
  }

  private static Optional<java.time.Duration> duration(boolean said, Duration message) {
    return said ? Optional.of(duration(message)) : Optional.empty();
  }

  private static java.time.Duration duration(Duration message) {
    return java.time.Duration.ofSeconds(message.getSeconds(), message.getNanos());
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static DeploymentRequest request(DeployUpdateRequest request) {
    return new DeploymentRequest(
        updateId(request.getUpdateId()),
        request.getDeviceIdsList().stream().map(UpdateMessages::deviceId).toList(),
        DeviceMessages.given(request.getDeviceFilter())
            .map(text -> DeviceFields.filter("device_filter", text)),
        pacing(request.getConfig()),
        terms(request.getConfig()));
  }

  static UpdateId updateId(String text) {
    if (text.isEmpty()) {
      throw Fault.invalid("update_id", text, "an update's id");
    }
    return new UpdateId(text);
  }

  private static DeviceId deviceId(String text) {
    if (!DeviceId.isValid(text)) {
      throw Fault.invalid("device_ids", text, "devices' ids");
    }
    return new DeviceId(text);
  }

  private static Pacing pacing(DeploymentConfig config) {
    return new Pacing(
        strategy("config.strategy", config.getStrategy()),
        given(config.getMaxParallel()),
        given(config.getMaxFailurePercentage()),
        given(config.getCanaryPercentage()),
        given(config.getBatchSize()),
        given(config.getBatchPercentage()),
        duration(config.hasValidationDuration(), config.getValidationDuration()),
        duration(config.hasPauseBetweenBatches(), config.getPauseBetweenBatches()),
        Optional.of(config.getAutoPromote()),
        config.hasAutoRollback() ? Optional.of(config.getAutoRollback()) : Optional.empty(),
        config.hasMaintenanceWindow()
            ? Optional.of(window(config.getMaintenanceWindow()))
            : Optional.empty(),
        duration(config.hasOfflineWait(), config.getOfflineWait()));
  }

  private static MaintenanceWindow window(muster.fleetd.v1.MaintenanceWindow message) {
    Set<DayOfWeek> days =
        message.getDaysList().stream()
            .map(day -> {
              if (day == muster.fleetd.v1.MaintenanceWindow.Day.DAY_UNSPECIFIED
                  || day == muster.fleetd.v1.MaintenanceWindow.Day.UNRECOGNIZED) {
                throw Fault.invalid("maintenance_window.days", day, "MONDAY to SUNDAY");
              }
              return DayOfWeek.of(day.getNumber());
            })
            .collect(Collectors.toSet());
    return MaintenanceWindow.parse(days, message.getFrom(), message.getTo(), message.getTimeZone());
  }

  private static Terms terms(DeploymentConfig config) {
    return new Terms(
        config.hasDeviceTimeout() ? duration(config.getDeviceTimeout()) : Terms.USUAL.timeout(),
        switch (config.getOfflinePolicy()) {
          case OFFLINE_POLICY_UNSPECIFIED, WAIT -> Terms.Offline.WAIT;
          case SKIP -> Terms.Offline.SKIP;
          case FAIL -> Terms.Offline.FAIL;
          case UNRECOGNIZED ->
              throw Fault.invalid(
                  "config.offline_policy", config.getOfflinePolicyValue(), "WAIT, SKIP or FAIL");
        },
        config.hasHealthCheck() ? Optional.of(check(config.getHealthCheck())) : Optional.empty(),
        signs(config.getRollbackTriggersList()));
  }

  private static HealthCheck check(DeploymentHealthCheck message) {
    return new HealthCheck(
        message.getCheckCommandList(),
        DeviceMessages.given(message.getHttpEndpoint()),
        message.getExpectedStatusCode() == 0 ? USUAL_STATUS : message.getExpectedStatusCode(),
        duration(message.getInitialDelay()),
        message.hasTimeout() ? duration(message.getTimeout()) : java.time.Duration.ofSeconds(10),
        message.getMaxRetries());
  }

  private static Set<HealthGate.Sign> signs(List<String> names) {
    if (names.isEmpty()) {
      return HealthGate.Sign.ALL;
    }
    return names.stream()
        .filter(name -> !name.equalsIgnoreCase(NO_SIGNS))
        .map(name ->
            HealthGate.Sign.ofName(name)
                .orElseThrow(() ->
                    Fault.invalid(
                        "config.rollback_triggers",
                        name,
                        Arrays.stream(HealthGate.Sign.values())
                                .map(HealthGate.Sign::name)
                                .collect(Collectors.joining(", "))
                            + " or "
                            + NO_SIGNS)))
        .collect(Collectors.toSet());
  }

  /// What a device is to install, in the answer to its heartbeat.
  static UpdateInfo info(DeploymentProgress.Assignment assignment) {
    Update.Content content = assignment.update().content();
    Artifact artifact = assignment.artifact();
    return UpdateInfo.newBuilder()
        .setUpdateId(assignment.update().id().value())
        .setVersion(content.version())
        .setDescription(content.description())
        .setSizeBytes(artifact.size())
        .setChecksum(artifact.checksum())
        .setMandatory(true)
        .setReleasedAt(Times.of(assignment.update().createdAt()))
        .putAllMetadata(content.metadata())
        .setDeploymentId(assignment.deployment().id().value())
        .setBinaryId(artifact.binary().orElse(""))
        .setUrl(artifact.address())
        .setArtifact(artifact(artifact))
        .setSignature(artifact.signature().orElse(""))
        .setRollbackTo(assignment.part().from().orElse(""))
        .setDeadline(Times.of(assignment.command().expiresAt()))
        .build();
  }
}
