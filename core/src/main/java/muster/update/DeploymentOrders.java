package muster.update;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.command.Command;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Commands;
import muster.command.Lane;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.update.Deployment.Part;

/// What single devices are told to do in a deployment, and what came of it; inside the transaction
/// of [DeploymentRunner]'s decision.
final class DeploymentOrders {
  private static final Duration TIME_TO_LIVE = Duration.ofHours(1);

  private final DeploymentStore store;
  private final UpdateStore updates;
  private final Devices devices;
  private final Commands commands;
  private final Events events;
  private final InstallReport.Reader reports;
  private final InstantSource clock;

  DeploymentOrders(
      DeploymentStore store,
      UpdateStore updates,
      Devices devices,
      Commands commands,
      Events events,
      InstallReport.Reader reports,
      InstantSource clock) {
    this.store = store;
    this.updates = updates;
    this.devices = devices;
    this.commands = commands;
    this.events = events;
    this.reports = reports;
    this.clock = clock;
  }

  /// A device's turn has come: it is ordered to install, waits until it is back, or is left out.
  void begin(Deployment deployment, Part part, Caller requester) {
    Instant now = clock.instant();
    Optional<Device> found = devices.lookUp(Caller.SERVER, part.device());
    if (found.isEmpty()) {
      store.save(deployment.id(), leftOut(part, "deleted", "the device is not there any more"));
      return;
    }
    Device device = found.get();
    if (device.approval() != Approval.APPROVED) {
      String word = device.approval().word();
      store.save(deployment.id(), leftOut(part, word, "the device is " + word));
    } else if (!Access.sees(requester, DeviceFields.subject(device, now), now)) {
      store.save(
          deployment.id(), leftOut(part, "out_of_scope", "the device left the requester's scope"));
    } else if (Presence.of(device.state(), now).state() == Presence.State.OFFLINE) {
      offline(deployment, part);
    } else {
      order(deployment, part, device, requester);
    }
  }

  private Part leftOut(Part part, String reason, String detail) {
    return part.ended(Part.At.LEFT_OUT, reason, detail, clock.instant());
  }

  private void offline(Deployment deployment, Part part) {
    Part after =
        switch (deployment.terms().offline()) {
          case WAIT -> part.away();
          case SKIP -> leftOut(part, "offline", "the device is offline");
          case FAIL ->
              part.ended(Part.At.FAILED, "offline", "the device is offline", clock.instant());
        };
    store.save(deployment.id(), after);
    if (after.at() == Part.At.FAILED) {
      store.ended(deployment.id(), clock.instant());
    }
  }

  private void order(Deployment deployment, Part part, Device device, Caller requester) {
    Update update = updates.find(deployment.update()).orElseThrow();
    Optional<Artifact> artifact = update.content().artifactFor(device.facts());
    if (artifact.isEmpty()) {
      store.save(deployment.id(), leftOut(part, "no_artifact", Targets.noArtifact(device)));
      return;
    }
    CommandRequest request = request(deployment, update, artifact.get());
    Optional<Fault> refused = commands.refusal(requester, device.id(), request.tool());
    if (refused.isPresent()) {
      store.save(
          deployment.id(),
          leftOut(part, refused.get().reason(), String.valueOf(refused.get().getMessage())));
      return;
    }
    store.baseline(deployment.id(), Optional.of(device.id()));
    Command command = commands.submit(requester, device.id(), request);
    move(deployment, part.running(command.id(), clock.instant()));
  }

  /// A device begins or is through, and who watches the fleet hears of it.
  private void move(Deployment deployment, Part part) {
    store.save(deployment.id(), part);
    events.emit(
        Event.DEPLOYMENT_DEVICE,
        Optional.of(part.device()),
        Map.of(
            "deployment",
            deployment.id().value(),
            "state",
            part.at().word(),
            "reason",
            part.reason().orElse("")));
  }

  private static CommandRequest request(Deployment deployment, Update update, Artifact artifact) {
    Map<String, Object> args =
        deployment.isRollback()
            ? Map.of("name", update.content().slug())
            : installation(deployment, update, artifact);
    return new CommandRequest(
        deployment.isRollback() ? "rollback_update" : Targets.INSTALL,
        args,
        Lane.BULK,
        false,
        deployment.terms().timeout(),
        TIME_TO_LIVE,
        Optional.empty());
  }

  private static Map<String, Object> installation(
      Deployment deployment, Update update, Artifact artifact) {
    Map<String, Object> args = new LinkedHashMap<>();
    args.put("name", update.content().slug());
    args.put("version", update.content().version());
    args.put("url", artifact.address());
    args.put("checksum", artifact.checksum());
    args.put("size_bytes", artifact.size());
    artifact.type().ifPresent(type -> args.put("type", type.word()));
    artifact.architecture().ifPresent(name -> args.put("architecture", name));
    artifact.signature().ifPresent(text -> args.put("signature", text));
    artifact.targetPath().ifPresent(path -> args.put("target_path", path));
    artifact.handover().ifPresent(system -> args.put("handover", system));
    if (!artifact.installCommand().isEmpty()) {
      args.put("install_command", artifact.installCommand());
    }
    if (!artifact.restartCommand().isEmpty()) {
      args.put("restart_command", artifact.restartCommand());
    }
    deployment.terms().check().ifPresent(check -> args.putAll(check.args()));
    return args;
  }

  /// The device's command has ended.
  ///
  /// @return what became of it, which is stored
  Part ended(Deployment deployment, Part part) {
    Command command = commands.lookUp(Caller.SERVER, part.command().orElseThrow()).orElseThrow();
    Part after = outcome(deployment, part, command);
    move(deployment, after);
    return after;
  }

  private Part outcome(Deployment deployment, Part part, Command command) {
    Instant now = clock.instant();
    InstallReport report = InstallReport.last(commands.tail(command.id()), reports);
    Part told = part.from(report.from());
    if (command.hasSucceeded()) {
      return told.ended(Part.At.SUCCEEDED, report.outcome().orElse(""), "", now);
    }
    String detail =
        report
            .detail()
            .or(() -> command.result().flatMap(Command.Result::error))
            .or(() ->
                command.result().flatMap(Command.Result::exitCode).map("exit code %d"::formatted))
            .orElse("");
    return switch (command.status()) {
      case EXPIRED ->
          deployment.terms().offline() == Terms.Offline.WAIT
              ? told.away()
              : told.ended(Part.At.FAILED, "offline", "was not reached in time", now);
      case CANCELLED -> told.ended(Part.At.LEFT_OUT, "cancelled", detail, now);
      default ->
          told.ended(Part.At.FAILED, report.reason().orElse(reason(command.status())), detail, now);
    };
  }

  private static String reason(CommandStatus status) {
    return status == CommandStatus.COMPLETED ? "failed" : status.word();
  }
}
