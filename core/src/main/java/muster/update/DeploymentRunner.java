package muster.update;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Commands;
import muster.device.Devices;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.id.CommandId;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.rollout.Decision;
import muster.rollout.HealthGate;
import muster.rollout.RolloutRules;
import muster.rollout.Standing;
import muster.rollout.Tally;
import muster.tx.Transactions;
import muster.update.Deployment.Part;
import muster.update.Deployment.Status;

/// Takes deployments forward: asks [RolloutRules] what comes next and does it, one decision in one
/// transaction. Ends of commands, devices that come back and the clock are what makes it look
/// again; a crash between two decisions costs nothing, as the next look finds all in the store.
final class DeploymentRunner {
  private static final int BEGUN_AT_ONCE = 50;
  private static final int LOOKED_AT = 1_000;

  /// How often the health of devices is looked at while nothing else happens.
  private static final Duration LOOK = Duration.ofSeconds(5);

  /// How often it is looked whether devices are back of which no event told.
  private static final Duration SEARCH = Duration.ofMinutes(1);

  private final Transactions transactions;
  private final DeploymentStore store;
  private final DeploymentOrders orders;
  private final Commands commands;
  private final Credentials credentials;
  private final Events events;
  private final InstantSource clock;
  private final Executor executor;
  private final Set<DeploymentId> woken = ConcurrentHashMap.newKeySet();
  private final Map<DeploymentId, Instant> looked = new ConcurrentHashMap<>();
  private final Map<DeploymentId, Instant> searched = new ConcurrentHashMap<>();

  DeploymentRunner(
      Transactions transactions,
      DeploymentStore store,
      DeploymentOrders orders,
      Devices devices,
      Commands commands,
      Credentials credentials,
      Events events,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.store = store;
    this.orders = orders;
    this.commands = commands;
    this.credentials = credentials;
    this.events = events;
    this.clock = clock;
    this.executor = executor;
    events.react(this::react);
    devices.object(this::requireIdle);
  }

  private void react(Event event) {
    switch (event.type()) {
      case Event.COMMAND_FINISHED ->
          store
              .owning(new CommandId(String.valueOf(event.body().get("command"))))
              .ifPresent(owned -> ended(owned.deployment(), owned.part()));
      case Event.DEVICE_ONLINE -> store.back(event.device().orElseThrow()).forEach(this::wakeLater);
      default -> {}
    }
  }

  private void requireIdle(DeviceId device) {
    store
        .running(device)
        .ifPresent(owned -> {
          throw Fault.failedPrecondition(
              "device %s is at an update, %s (expected: at none, or force)"
                  .formatted(device, owned.deployment()),
              "device_in_deployment");
        });
  }

  private void wakeLater(DeploymentId id) {
    transactions.afterCommit(() -> {
      if (woken.add(id)) {
        executor.execute(() -> {
          woken.remove(id);
          advance(id);
        });
      }
    });
  }

  /// A device's command has ended, in the present transaction.
  private void ended(DeploymentId id, Part part) {
    if (part.at() != Part.At.RUNNING) {
      return;
    }
    Deployment deployment = store.find(id).orElseThrow();
    Part after = orders.ended(deployment, part);
    if (after.at() == Part.At.SUCCEEDED || after.at() == Part.At.FAILED) {
      store.ended(id, clock.instant());
    }
    if (after.at() == Part.At.SUCCEEDED) {
      deployment.reverts().ifPresent(reverted -> wentBack(reverted, after.device()));
      if (deployment.status() == Status.ROLLING_BACK) {
        store
            .revertOf(id)
            .ifPresent(
                revert -> store.add(revert.id(), Part.pending(after.device(), revert.batch())));
      }
    }
    wakeLater(id);
    store.revertOf(id).ifPresent(revert -> wakeLater(revert.id()));
  }

  private void wentBack(DeploymentId reverted, DeviceId device) {
    store
        .part(reverted, device)
        .ifPresent(part -> store.save(reverted, withAt(part, Part.At.ROLLED_BACK)));
  }

  private Part withAt(Part part, Part.At at) {
    return part.ended(at, "", "", clock.instant());
  }

  private enum Step {
    /// There may be more to do at once.
    DID,
    /// Somebody or something else has to come first.
    WAITS
  }

  /// Does what there is to do now.
  void advance(DeploymentId id) {
    while (transactions.write(() -> step(id)) == Step.DID) {
      // one decision after the other
    }
  }

  private Step step(DeploymentId id) {
    Optional<Deployment> found = store.find(id);
    if (found.isEmpty() || found.get().finishedAt().isPresent()) {
      return Step.WAITS;
    }
    Deployment deployment = found.get();
    return switch (deployment.status()) {
      case RUNNING -> run(deployment);
      case AWAITING_PROMOTION -> awaitPeople(deployment);
      case PAUSED -> Step.WAITS;
      case FAILED, CANCELLED, ROLLING_BACK -> windUp(deployment);
      case COMPLETED, ROLLED_BACK -> Step.WAITS;
    };
  }

  private Step run(Deployment deployment) {
    Optional<Caller> requester = requester(deployment);
    if (requester.isEmpty()) {
      change(
          deployment.with(
              Status.PAUSED,
              "%s may not do this any more; it goes on when somebody resumes it who may"
                  .formatted(deployment.requestedBy()),
              clock.instant()));
      return Step.WAITS;
    }
    Instant now = clock.instant();
    HealthGate.Verdict verdict = new HealthGate.Verdict(List.of());
    Decision decision =
        RolloutRules.next(deployment.plan(), standing(deployment, Optional.empty()), now);
    if (!deployment.isRollback() && isWorthALook(deployment, decision, now)) {
      verdict = look(deployment, now);
      if (verdict.alarm().isPresent()) {
        decision = RolloutRules.next(deployment.plan(), standing(deployment, verdict.alarm()), now);
      }
    }
    return apply(deployment, decision, verdict, requester.get());
  }

  /// Who has the update is looked at until somebody decides.
  private Step awaitPeople(Deployment deployment) {
    Instant now = clock.instant();
    if (!isDue(looked, deployment.id(), LOOK, now)) {
      return Step.WAITS;
    }
    HealthGate.Verdict verdict = look(deployment, now);
    return verdict.alarm().isPresent()
            && RolloutRules.next(deployment.plan(), standing(deployment, verdict.alarm()), now)
                instanceof Decision.Stop stop
        ? halt(deployment, stop, verdict)
        : Step.WAITS;
  }

  private HealthGate.Verdict look(Deployment deployment, Instant now) {
    DeploymentStore.Observed observed = store.observe(deployment, now, LOOKED_AT);
    looked.put(deployment.id(), now);
    return HealthGate.verdict(deployment.terms().signs(), observed.updated(), observed.others());
  }

  /// What changes more than who is next is never decided without a look.
  private boolean isWorthALook(Deployment deployment, Decision decision, Instant now) {
    return switch (decision) {
      case Decision.NextBatch next -> true;
      case Decision.AskPeople ask -> true;
      case Decision.Complete complete -> true;
      case Decision.Begin begin -> isDue(looked, deployment.id(), LOOK, now);
      case Decision.Await await -> isDue(looked, deployment.id(), LOOK, now);
      case Decision.Stop stop -> false;
    };
  }

  private static boolean isDue(
      Map<DeploymentId, Instant> last, DeploymentId id, Duration every, Instant now) {
    return !now.isBefore(last.getOrDefault(id, Instant.MIN).plus(every))
        || now.isBefore(last.getOrDefault(id, Instant.MIN));
  }

  private Optional<Caller> requester(Deployment deployment) {
    Permission needed =
        deployment.isRollback() ? Permission.UPDATE_ROLLBACK : Permission.UPDATE_DEPLOY;
    return credentials
        .current(deployment.requesterId())
        .filter(caller -> Access.allows(caller, needed));
  }

  private Standing standing(Deployment deployment, Optional<String> alarm) {
    return new Standing(
        deployment.batch(),
        deployment.batches(),
        store.tally(deployment.id(), deployment.batch()),
        inAll(deployment),
        deployment.lastEnd(),
        deployment.batchSince(),
        deployment.createdAt(),
        alarm);
  }

  /// Those count, too, that are still at what is taken back: together they are as many at once as
  /// may be.
  private Tally inAll(Deployment deployment) {
    Tally own = store.tally(deployment.id());
    return deployment
        .reverts()
        .map(reverted -> own.withRunning(own.running() + store.tally(reverted).running()))
        .orElse(own);
  }

  private Step apply(
      Deployment deployment, Decision decision, HealthGate.Verdict verdict, Caller requester) {
    Instant now = clock.instant();
    return switch (decision) {
      case Decision.Begin begin -> {
        int limit = Math.min(begin.devices(), BEGUN_AT_ONCE);
        store
            .pending(deployment.id(), deployment.batch(), limit)
            .forEach(part -> orders.begin(deployment, part, requester));
        yield Step.DID;
      }
      case Decision.Await await -> {
        if (await.until().isPresent() && !deployment.message().equals(await.why())) {
          store.update(deployment.with(Status.RUNNING, await.why(), now));
        }
        yield Step.WAITS;
      }
      case Decision.NextBatch next -> {
        note(deployment, "next_batch", next.why(), verdict);
        change(deployment.inBatch(deployment.batch() + 1, next.why(), now));
        yield Step.DID;
      }
      case Decision.AskPeople ask -> {
        note(deployment, "ask", ask.why(), verdict);
        change(deployment.with(Status.AWAITING_PROMOTION, ask.why(), now));
        yield Step.WAITS;
      }
      case Decision.Complete complete -> complete(deployment, complete.why(), verdict);
      case Decision.Stop stop -> halt(deployment, stop, verdict);
    };
  }

  private Step halt(Deployment deployment, Decision.Stop stop, HealthGate.Verdict verdict) {
    note(deployment, stop.rollBack() ? "stop_and_roll_back" : "stop", stop.why(), verdict);
    if (stop.rollBack()) {
      rollBack(deployment, Caller.SERVER, stop.why(), true);
    } else {
      stop(deployment, Status.FAILED, "stopped", stop.why());
    }
    return Step.DID;
  }

  private void note(
      Deployment deployment, String decision, String why, HealthGate.Verdict verdict) {
    String told =
        verdict.findings().stream().map(HealthGate.Finding::told).collect(Collectors.joining("\n"));
    store.note(
        deployment.id(),
        new Deployment.Note(clock.instant(), deployment.batch(), decision, why, told));
  }

  void note(Deployment deployment, String decision, String why) {
    note(deployment, decision, why, new HealthGate.Verdict(List.of()));
  }

  void change(Deployment deployment) {
    store.update(deployment);
    events.emit(
        Event.DEPLOYMENT_CHANGED,
        Optional.empty(),
        Map.of(
            "deployment",
            deployment.id().value(),
            "status",
            deployment.status().word(),
            "message",
            deployment.message()));
  }

  Step complete(Deployment deployment, String why, HealthGate.Verdict verdict) {
    Instant now = clock.instant();
    Optional<DeploymentId> reverted = deployment.reverts();
    if (reverted.isPresent() && store.tally(reverted.get()).running() > 0) {
      return Step.WAITS; // who succeeds yet goes back, too
    }
    store.move(
        deployment.id(),
        Part.At.AWAY,
        Part.At.LEFT_OUT,
        "offline",
        "did not come back in time",
        now);
    note(deployment, "complete", why, verdict);
    change(deployment.finished(Status.COMPLETED, why, now));
    reverted.ifPresent(this::wakeLater);
    return Step.WAITS;
  }

  void promote(Deployment deployment) {
    String why = "promoted by " + deployment.requestedBy();
    if (deployment.batch() < deployment.batches()) {
      note(deployment, "next_batch", why);
      change(deployment.inBatch(deployment.batch() + 1, why, clock.instant()));
    } else {
      complete(deployment, why, new HealthGate.Verdict(List.of()));
    }
    wakeLater(deployment.id());
  }

  /// Nothing more begins; who is at it is asked to leave off if it has not switched yet.
  void stop(Deployment deployment, Status status, String reason, String why) {
    Instant now = clock.instant();
    for (Part.At at : List.of(Part.At.PENDING, Part.At.AWAY)) {
      store.move(deployment.id(), at, Part.At.LEFT_OUT, reason, why, now);
    }
    change(deployment.with(status, why, now));
    List<CommandId> running =
        store.parts(deployment.id(), Part.At.RUNNING).stream()
            .flatMap(part -> part.command().stream())
            .toList();
    transactions.afterCommit(() -> executor.execute(() -> running.forEach(this::cancel)));
    wakeLater(deployment.id());
  }

  private void cancel(CommandId id) {
    try {
      commands.cancel(Caller.SERVER, id);
    } catch (Fault ended) {
      // it was faster
    }
  }

  /// Orders the devices back that have the new version; those that get it yet follow them.
  ///
  /// @param force also those that have not said what they ran before
  /// @return how many were ordered back
  int rollBack(Deployment deployment, Caller caller, String why, boolean force) {
    Instant now = clock.instant();
    stop(deployment, Status.ROLLING_BACK, "rolled_back", why);
    List<Part> back =
        store.parts(deployment.id(), Part.At.SUCCEEDED).stream()
            .map(part ->
                force || part.from().isPresent()
                    ? Part.pending(part.device(), 1)
                    : Part.pending(part.device(), 1)
                        .ended(
                            Part.At.LEFT_OUT,
                            "no_previous",
                            "it is not known what the device ran before",
                            now))
            .toList();
    Deployment revert =
        new Deployment(
            DeploymentId.random(),
            deployment.update(),
            Optional.of(deployment.id()),
            deployment.plan().back(),
            new Terms(
                deployment.terms().timeout(),
                Terms.Offline.WAIT,
                deployment.terms().check(),
                Set.of()),
            Status.RUNNING,
            1,
            1,
            now,
            Optional.empty(),
            "takes back " + deployment.id(),
            caller.principal(),
            caller.principalId(),
            why,
            now,
            now,
            Optional.empty());
    store.insert(revert, back);
    change(revert);
    wakeLater(revert.id());
    return (int) back.stream().filter(part -> part.at() == Part.At.PENDING).count();
  }

  /// It was stopped: it is over when nobody is at it any more, and its devices are back.
  private Step windUp(Deployment deployment) {
    boolean goesBack =
        deployment.status() == Status.ROLLING_BACK && store.revertOf(deployment.id()).isPresent();
    if (store.tally(deployment.id()).running() == 0 && !goesBack) {
      Status end =
          deployment.status() == Status.ROLLING_BACK ? Status.ROLLED_BACK : deployment.status();
      change(deployment.finished(end, deployment.message(), clock.instant()));
    } else if (goesBack) {
      store.revertOf(deployment.id()).ifPresent(revert -> wakeLater(revert.id()));
    }
    return Step.WAITS;
  }

  /// Goes on with what time, or a crash, has left to do. Called by the server once a second.
  void tick() {
    RuntimeException problem = null;
    for (DeploymentId id : store.open()) {
      try {
        Instant now = clock.instant();
        if (isDue(searched, id, SEARCH, now)) {
          searched.put(id, now);
          transactions.write(() -> store.back(id, now));
        }
        advance(id);
      } catch (RuntimeException e) {
        // One that can't go on must not hold up the others.
        problem = e;
      }
    }
    if (problem != null) {
      throw problem;
    }
  }
}
