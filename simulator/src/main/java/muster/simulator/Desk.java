package muster.simulator;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import muster.wire.ExecutionReply;
import muster.wire.JsonObject;
import muster.wire.KnownExecution;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.ToolCancel;
import muster.wire.ToolExecute;
import muster.wire.ToolStarted;
import muster.wire.ToolStatus;

/// What a virtual device does about commands: its journal, its answers, its results. The journal
/// obeys the protocol as the agent's does: nothing it remembers is started again, and every end is
/// told until the server acknowledges it. For the device's loop alone.
final class Desk {
  /// The agent's own bound.
  private static final int REMEMBERED = 1_000;

  private final Machine machine;
  private final Scenario scenario;
  private final EventLoop loop;
  private final Truth truth;
  private final Totals totals;
  private final Consumer<String> out;
  private final Map<String, Execution> journal = new LinkedHashMap<>();
  private final Map<Rpc.Id, Execution> results = new HashMap<>();
  private long nextId = 1_000_000;
  private boolean online;

  /// @param out sends a frame over the connection there is, if any
  Desk(
      Machine machine,
      Scenario scenario,
      EventLoop loop,
      Truth truth,
      Totals totals,
      Consumer<String> out) {
    this.machine = machine;
    this.scenario = scenario;
    this.loop = loop;
    this.truth = truth;
    this.totals = totals;
    this.out = out;
  }

  /// Every command whose end the server has not acknowledged.
  List<KnownExecution> unacknowledged() {
    return journal.values().stream()
        .filter(execution -> !execution.isAcknowledged())
        .map(Execution::known)
        .toList();
  }

  boolean isIdle() {
    return journal.values().stream().allMatch(Execution::isAcknowledged);
  }

  void welcomed(List<ExecutionReply> replies) {
    online = true;
    for (ExecutionReply reply : replies) {
      Execution execution = journal.get(reply.executionId());
      if (execution == null) {
        continue;
      }
      if (reply.forget()) {
        forget(execution);
      } else {
        tell(execution, reply.receivedSeq());
      }
    }
  }

  /// The server has its end already, though its word of that was lost; or wants nothing of it.
  private void forget(Execution execution) {
    if (execution.isRunning()) {
      execution.end(ToolStatus.CANCELLED, "the server does not want it any more");
      truth.ended(execution.result(), now());
    }
    execution.acknowledge();
    truth.acknowledged(execution.id(), now());
  }

  void offline() {
    online = false;
    results.clear();
  }

  /// The agent was killed: what ran is interrupted, and with the journal lost nobody knows of it.
  void crashed(boolean journalLost) {
    for (Execution execution : journal.values()) {
      if (execution.isRunning()) {
        execution.end(ToolStatus.INTERRUPTED, "the agent was stopped while it ran");
        totals.over();
        if (!journalLost) {
          truth.ended(execution.result(), now());
        }
      }
    }
    if (journalLost) {
      journal.clear();
      truth.wiped(now());
    }
  }

  void request(Rpc.Request request) {
    switch (request.method()) {
      case Methods.EXECUTE -> execute(request.id(), ToolExecute.fromJson(request.params()));
      case Methods.CANCEL -> cancel(request.id(), ToolCancel.fromJson(request.params()));
      default -> refuse(request.id(), RpcError.METHOD_NOT_FOUND, "unknown method");
    }
  }

  void answered(Rpc.Success success) {
    Execution execution = results.remove(success.id());
    if (execution != null && !execution.isAcknowledged()) {
      execution.acknowledge();
      truth.acknowledged(execution.id(), now());
      totals.acknowledged.increment();
      trim();
    }
  }

  private void execute(Rpc.Id request, ToolExecute order) {
    String id = order.executionId();
    truth.delivered(id, order.attempt(), now());
    Execution known = journal.get(id);
    if (known != null && !mayRunAgain(order, known)) {
      known.deliveredAgain(order.attempt());
      confirm(request, known);
      if (!known.isRunning()) {
        tell(known, 0);
      }
      return;
    }
    // What is answered late is about the earlier run.
    results.values().removeIf(execution -> execution.id().equals(id));
    SplittableRandom random =
        new SplittableRandom(
            scenario.seed()
                ^ ((long) id.hashCode() << 32)
                ^ order.attempt() * 31 + machine.number());
    Scenario.Work work = scenario.work();
    double chance = random.nextDouble();
    if (chance < work.mute()) {
      return;
    }
    if (chance < work.mute() + work.denied()) {
      truth.refused(id, now());
      refuse(request, RpcError.DENIED, "this simulated machine does not want to");
    } else if (chance < work.mute() + work.denied() + work.busy()) {
      truth.refused(id, now());
      refuse(request, RpcError.BUSY, "this simulated machine is busy");
    } else {
      start(request, order, random);
    }
  }

  private static boolean mayRunAgain(ToolExecute order, Execution known) {
    return order.idempotent()
        && !known.isRunning()
        && known.result().status() == ToolStatus.INTERRUPTED
        && order.attempt() > known.known().attempt();
  }

  private void start(Rpc.Id request, ToolExecute order, SplittableRandom random) {
    Answer answer = Answer.to(order, machine, scenario.work(), random);
    Execution execution = new Execution(order.executionId(), order.attempt(), answer);
    journal.put(execution.id(), execution);
    truth.started(execution.id(), now());
    totals.began();
    confirm(request, execution);
    execution.output(0).forEach(chunk -> notice(chunk.toJson()));
    Duration limit = Duration.ofSeconds(order.timeoutSeconds());
    boolean inTime = answer.takes().compareTo(limit) <= 0;
    later(
        inTime ? answer.takes() : limit,
        () -> end(execution, inTime ? ToolStatus.COMPLETED : ToolStatus.TIMED_OUT));
  }

  private void end(Execution execution, ToolStatus how) {
    if (execution.isRunning()) {
      execution.end(how, "");
      totals.over();
      truth.ended(execution.result(), now());
      report(execution);
    }
  }

  private void cancel(Rpc.Id request, ToolCancel cancel) {
    out.accept(new Rpc.Success(request, JsonObject.empty()).format());
    Execution execution = journal.get(cancel.executionId());
    if (execution != null) {
      end(execution, ToolStatus.CANCELLED);
    }
  }

  private void confirm(Rpc.Id request, Execution execution) {
    ToolStarted started = new ToolStarted(execution.state());
    out.accept(new Rpc.Success(request, started.toJson()).format());
  }

  private void refuse(Rpc.Id request, int code, String why) {
    out.accept(new Rpc.Failure(Optional.of(request), new RpcError(code, why)).format());
  }

  private void tell(Execution execution, long after) {
    execution.output(after).forEach(chunk -> notice(chunk.toJson()));
    if (!execution.isRunning()) {
      report(execution);
    }
  }

  private void notice(JsonObject output) {
    out.accept(new Rpc.Notification(Methods.OUTPUT, output).format());
  }

  private void report(Execution execution) {
    if (!online) {
      return;
    }
    Rpc.Id id = Rpc.Id.of(nextId++);
    results.put(id, execution);
    out.accept(new Rpc.Request(id, Methods.RESULT, execution.result().toJson()).format());
  }

  private void trim() {
    if (journal.size() > REMEMBERED) {
      journal.values().stream()
          .filter(Execution::isAcknowledged)
          .findFirst()
          .map(Execution::id)
          .ifPresent(journal::remove);
    }
  }

  private void later(Duration wait, Runnable task) {
    loop.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static long now() {
    return System.currentTimeMillis();
  }
}
