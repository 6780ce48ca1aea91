package muster.update;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Commands;
import muster.device.Devices;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.rollout.Plan;
import muster.tx.Transactions;
import muster.update.Deployment.Part;
import muster.update.Deployment.Status;

/// Deployments for people and programs: begin and steer. [DeploymentProgress] shows how they stand,
/// [DeploymentRunner] takes them forward.
public final class Deployments {
  private static final int NAMED = 5;
  private static final int TIDIED_AT_ONCE = 10;

  private final Transactions transactions;
  private final DeploymentStore store;
  private final UpdateStore updates;
  private final Devices devices;
  private final Events events;
  private final Audit audit;
  private final DeploymentProgress progress;
  private final InstantSource clock;
  private final DeploymentRunner runner;

  /// @param reports reads what devices print while they install
  /// @param executor takes deployments forward, never on the thread that reports an end
  public Deployments(
      Transactions transactions,
      DeploymentStore store,
      UpdateStore updates,
      Devices devices,
      Commands commands,
      Credentials credentials,
      Events events,
      Audit audit,
      DeploymentProgress progress,
      InstallReport.Reader reports,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.store = store;
    this.updates = updates;
    this.devices = devices;
    this.events = events;
    this.audit = audit;
    this.progress = progress;
    this.clock = clock;
    this.runner =
        new DeploymentRunner(
            transactions,
            store,
            new DeploymentOrders(store, updates, devices, commands, events, reports, clock),
            devices,
            commands,
            credentials,
            events,
            clock,
            executor);
  }

  /// What would become of a request.
  ///
  /// @param devices how many could take part
  /// @param online how many of them are online
  /// @param leftOut how many can't, for which reason
  /// @param batches how many devices each batch would have
  public record Preview(
      Plan plan, int devices, int online, Map<String, Integer> leftOut, List<Integer> batches) {}

  /// Looks who would take part, and begins nothing.
  public Preview preview(Caller caller, DeploymentRequest request) {
    Access.require(caller, Permission.UPDATE_DEPLOY);
    Update update = deployable(request);
    Targets targets = Targets.of(caller, devices, update, request, clock.instant());
    Plan plan = plan(update, request, targets);
    return new Preview(
        plan, targets.size(), targets.online(), targets.leftOut(), targets.batchSizes(plan));
  }

  private Update deployable(DeploymentRequest request) {
    Update update =
        updates
            .find(request.update())
            .orElseThrow(() -> Fault.notFound("update", request.update().value()));
    update.requireDeployable();
    return update;
  }

  private static Plan plan(Update update, DeploymentRequest request, Targets targets) {
    return request.pacing().or(update.content().pacing()).plan(targets.size());
  }

  /// A deployment that has begun, and for how many devices it is.
  public record Begun(Deployment deployment, int devices) {}

  /// Begins: when this returns it is durable, and its first devices have been told.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `no_devices` when nobody can take part,
  ///   `device_in_deployment` when somebody takes part in another that is not finished
  public Begun start(Caller caller, DeploymentRequest request) {
    Access.require(caller, Permission.UPDATE_DEPLOY);
    Update update = deployable(request);
    Instant now = clock.instant();
    Targets targets = Targets.of(caller, devices, update, request, now);
    if (targets.size() == 0) {
      throw Fault.failedPrecondition(
          "no device can take part%s".formatted(told(targets.leftOut())), "no_devices");
    }
    Plan plan = plan(update, request, targets);
    DeploymentId id = DeploymentId.random();
    List<Part> parts = targets.parts(plan, id.hashCode());
    Deployment deployment =
        new Deployment(
            id,
            update.id(),
            Optional.empty(),
            plan,
            request.terms(),
            Status.RUNNING,
            1,
            plan.batches(targets.size()),
            now,
            Optional.empty(),
            "has begun",
            caller.principal(),
            caller.principalId(),
            "",
            now,
            now,
            Optional.empty());
    transactions.write(() -> begin(caller, update, deployment, parts));
    try {
      runner.advance(id);
    } catch (Fault fault) {
      // It is durable: whoever heard of a failure would begin it twice. The next tick goes on.
      if (fault.code() != FaultCode.UNAVAILABLE) {
        throw fault;
      }
    }
    return new Begun(deployment, parts.size());
  }

  private static String told(Map<String, Integer> leftOut) {
    return leftOut.isEmpty()
        ? ""
        : leftOut.entrySet().stream()
            .map(why -> "%s: %d".formatted(why.getKey(), why.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private Deployment begin(Caller caller, Update update, Deployment deployment, List<Part> parts) {
    deployableStill(update);
    List<DeviceId> wanted =
        parts.stream().filter(part -> part.at() == Part.At.PENDING).map(Part::device).toList();
    requireIdle(wanted);
    store.insert(deployment, parts);
    store.baseline(deployment.id(), Optional.empty());
    Map<String, String> facts =
        Map.of(
            "deployment", deployment.id().value(),
            "update", update.id().value(),
            "devices", Integer.toString(wanted.size()));
    audit.record(caller, "deployment.start", deployment.id().value(), facts);
    events.emit(Event.DEPLOYMENT_STARTED, Optional.empty(), facts);
    return deployment;
  }

  private void deployableStill(Update update) {
    updates.find(update.id()).ifPresent(Update::requireDeployable);
  }

  private void requireIdle(List<DeviceId> wanted) {
    Map<DeviceId, DeploymentId> busy = store.busy(wanted, NAMED);
    if (!busy.isEmpty()) {
      throw Fault.failedPrecondition(
          "devices take part in another deployment: "
              + busy.entrySet().stream()
                  .map(one -> "%s in %s".formatted(one.getKey(), one.getValue()))
                  .collect(Collectors.joining(", ")),
          "device_in_deployment");
    }
  }

  /// The next batch has its turn, although nobody but the caller says so.
  public Deployment promote(Caller caller, DeploymentId id) {
    return steer(
        caller,
        Permission.UPDATE_DEPLOY,
        id,
        "promote",
        deployment -> {
          require(
              deployment, deployment.status() == Status.AWAITING_PROMOTION, "awaiting_promotion");
          runner.promote(deployment.of(caller.principal(), caller.principalId()));
        });
  }

  /// Nobody begins until it is resumed; who is at it goes on.
  public Deployment pause(Caller caller, DeploymentId id) {
    return steer(
        caller,
        Permission.UPDATE_DEPLOY,
        id,
        "pause",
        deployment -> {
          require(
              deployment,
              deployment.status() == Status.RUNNING
                  || deployment.status() == Status.AWAITING_PROMOTION,
              "running or awaiting_promotion");
          change(
              deployment.with(Status.PAUSED, "paused by " + caller.principal(), clock.instant()));
        });
  }

  /// It goes on where it was, by the caller's right from now on.
  public Deployment resume(Caller caller, DeploymentId id) {
    return steer(
        caller,
        Permission.UPDATE_DEPLOY,
        id,
        "resume",
        deployment -> {
          require(deployment, deployment.status() == Status.PAUSED, "paused");
          change(
              deployment
                  .of(caller.principal(), caller.principalId())
                  .with(Status.RUNNING, "resumed by " + caller.principal(), clock.instant()));
        });
  }

  /// Nobody begins any more; who has not switched yet is asked to leave off, and who has the new
  /// version keeps it.
  public Deployment cancel(Caller caller, DeploymentId id) {
    return steer(
        caller,
        Permission.UPDATE_DEPLOY,
        id,
        "cancel",
        deployment -> {
          require(
              deployment, deployment.status().isGoingOn(), "running, paused or awaiting_promotion");
          runner.stop(
              deployment, Status.CANCELLED, "cancelled", "cancelled by " + caller.principal());
        });
  }

  /// Devices that failed have their turn once more, and those that never had theirs because of it.
  public Deployment retry(Caller caller, DeploymentId id) {
    return steer(
        caller,
        Permission.UPDATE_DEPLOY,
        id,
        "retry",
        deployment -> {
          require(
              deployment,
              deployment.finishedAt().isPresent()
                  && (deployment.status() == Status.COMPLETED
                      || deployment.status() == Status.FAILED),
              "completed or failed");
          List<Part> again =
              Stream.concat(
                      store.parts(id, Part.At.FAILED).stream(),
                      store.parts(id, Part.At.LEFT_OUT).stream()
                          .filter(part -> part.reason().equals(Optional.of("stopped"))))
                  .toList();
          if (again.isEmpty()) {
            throw Fault.failedPrecondition(
                "no device of %s failed".formatted(id), "nothing_to_retry");
          }
          requireIdle(again.stream().map(Part::device).toList());
          again.forEach(
              part -> store.save(id, part.again(Math.max(part.batch(), deployment.batch()))));
          change(
              deployment
                  .of(caller.principal(), caller.principalId())
                  .reopened(
                      "%d devices are tried again by %s"
                          .formatted(again.size(), caller.principal()),
                      clock.instant()));
        });
  }

  /// What a rollback has begun.
  ///
  /// @param ordered how many devices go back
  public record Rollback(Deployment deployment, int ordered, Instant at) {}

  /// Orders the devices back that have the new version, to what they ran before: when this returns,
  /// the order is durable.
  ///
  /// @param force also devices that have not said what they ran before, and once more those of a
  ///   deployment that was rolled back
  /// @throws Fault FAILED_PRECONDITION with reason `rolled_back` when it goes back or has gone
  public Rollback rollBack(Caller caller, DeploymentId id, String reason, boolean force) {
    Access.require(caller, Permission.UPDATE_ROLLBACK);
    requireWhole(caller);
    return transactions.write(() -> {
      Deployment deployment = progress.get(caller, id);
      boolean back =
          deployment.status() == Status.ROLLING_BACK
              || (deployment.status() == Status.ROLLED_BACK && !force);
      if (deployment.isRollback() || back) {
        throw Fault.failedPrecondition(
            "deployment %s %s"
                .formatted(
                    id,
                    deployment.isRollback()
                        ? "is a rollback itself"
                        : "goes back or has gone: " + deployment.status().word()),
            "rolled_back");
      }
      String why = reason.isBlank() ? "rolled back by " + caller.principal() : reason;
      audit.record(
          caller, "deployment.rollback", id.value(), Map.of("reason", reason, "force", "" + force));
      int ordered = runner.rollBack(deployment, caller, why, force);
      return new Rollback(store.find(id).orElseThrow(), ordered, clock.instant());
    });
  }

  @FunctionalInterface
  private interface Steering {
    void steer(Deployment deployment);
  }

  private Deployment steer(
      Caller caller, Permission needed, DeploymentId id, String deed, Steering steering) {
    Access.require(caller, needed);
    requireWhole(caller);
    transactions.write(() -> {
      steering.steer(progress.get(caller, id));
      audit.record(caller, "deployment." + deed, id.value(), Map.of());
      return id;
    });
    runner.advance(id);
    return progress.get(caller, id);
  }

  /// A deployment may have devices that lie outside a scope: who is fenced in begins them, for
  /// devices within, and leaves the steering to others.
  private static void requireWhole(Caller caller) {
    Access.requireUnscoped(caller, Permission.UPDATE_DEPLOY);
  }

  private static void require(Deployment deployment, boolean fits, String expected) {
    if (!fits) {
      throw Fault.failedPrecondition(
          "deployment %s is %s (expected: %s)"
              .formatted(deployment.id(), deployment.status().word(), expected),
          "deployment_state");
    }
  }

  private void change(Deployment deployment) {
    runner.change(deployment);
  }

  /// Goes on with what time, or a crash, has left to do. Called by the server once a second.
  public void tick() {
    runner.tick();
  }

  /// Drops deployments that have finished and began more than `kept` ago. Called by the server now
  /// and then.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteFinished(before, TIDIED_AT_ONCE));
    } while (deleted == TIDIED_AT_ONCE);
  }
}
