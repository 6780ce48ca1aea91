package muster.agent.exec;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import muster.agent.journal.Entry;
import muster.agent.journal.Journal;
import muster.agent.journal.ProcessMark;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Limits;
import muster.agent.policy.Policy;
import muster.agent.state.Disk;
import muster.agent.tool.Job;
import muster.agent.tool.OpenPlace;
import muster.agent.tool.Task;
import muster.agent.tool.Tools;
import muster.wire.ExecutionState;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolExecute;
import muster.wire.ToolResult;
import muster.wire.ToolStarted;
import muster.wire.ToolStatus;

/// All commands of this device: accepts each id once, whatever crashes, and keeps output and end
/// until the server has them.
///
/// Thread-safe. Requests come from one thread at a time (the session's), ends from the executions'
/// threads. The map of what is tracked guards itself; nothing else happens under its lock.
public final class Executions {
  /// As long as the server lets anything take.
  private static final Duration LONGEST_RESUMED = Duration.ofHours(1);

  private final Journal journal;
  private final Disk spools;
  private final Launcher launcher;
  private final Supplier<Policy> policies;
  private final Log log;
  private final Map<String, Tracked> tracked = new LinkedHashMap<>();
  private volatile boolean stopping;
  private volatile Runnable changed = () -> {};

  private Executions(
      Journal journal, Disk spools, Launcher launcher, Supplier<Policy> policies, Log log) {
    this.journal = journal;
    this.spools = spools;
    this.launcher = launcher;
    this.policies = policies;
    this.log = log;
  }

  /// Takes up where the last run of the agent ended: what it had started goes on where it notes
  /// itself where it is, and is `interrupted` otherwise; its processes are killed where they can be
  /// told for certain.
  ///
  /// @param spools for files of executions only: others in it are removed
  /// @param unfinished knows those that can be gone on with
  /// @param policies the device's policy of the moment, asked at each request
  public static Executions recover(
      Journal journal,
      Disk spools,
      Launcher launcher,
      Unfinished unfinished,
      Supplier<Policy> policies,
      Log log)
      throws IOException {
    Executions executions = new Executions(journal, spools, launcher, policies, log);
    Set<String> kept =
        journal.unacknowledged().stream()
            .map(entry -> Spool.name(entry.id()))
            .collect(Collectors.toSet());
    for (String name : spools.names()) {
      if (!kept.contains(name)) {
        executions.removeMade(name);
        spools.delete(name);
      }
    }
    Map<String, Order> resumed = new LinkedHashMap<>();
    for (Entry entry : journal.unfinished()) {
      Optional<Order> order =
          unfinished.call(entry.id()).flatMap(call -> executions.order(entry, call));
      if (order.isPresent()) {
        entry.process().ifPresent(launcher::kill);
        resumed.put(entry.id(), order.get());
      } else {
        executions.interrupt(entry);
      }
    }
    for (Entry entry : journal.unacknowledged()) {
      Tracked tracked = executions.track(entry.id(), entry.attempt(), entry.result());
      if (resumed.containsKey(entry.id())) {
        executions.start(resumed.get(entry.id()), tracked);
      }
    }
    return executions;
  }

  /// Sets who is told about new output and ends; called often, must be quick.
  public void onChange(Runnable listener) {
    changed = listener;
  }

  /// Everything that is still to be told, in the order of starting.
  public List<Tracked> unacknowledged() {
    synchronized (tracked) {
      return List.copyOf(tracked.values());
    }
  }

  /// Whether an end is to be told, now or later; not of what the agent's next start goes on with.
  public boolean hasToTell() {
    return !unacknowledged().stream().allMatch(Tracked::isLeft);
  }

  /// Starts a command, or takes up the one with that id. One that was interrupted and is idempotent
  /// is started again.
  ///
  /// @param waitedNanos since the request was received
  /// @param answer hears the answer before there is any output
  /// @throws RpcException when it is refused; then it was not started
  public void accept(ToolExecute request, long waitedNanos, Consumer<ToolStarted> answer) {
    try {
      Optional<Entry> known = journal.find(request.executionId());
      boolean again = known.isPresent() && mayRunAgain(request, known.get());
      if (known.isPresent() && !again) {
        answer.accept(new ToolStarted(redelivered(known.get(), request.attempt())));
        changed.run();
        return;
      }
      Order order = check(request, waitedNanos);
      if (again) {
        dropEarlierRun(request.executionId());
      }
      journal.started(request.executionId(), request.attempt());
      Tracked entry = track(request.executionId(), request.attempt(), Optional.empty());
      answer.accept(new ToolStarted(ExecutionState.RUNNING));
      start(order, entry);
    } catch (IOException e) {
      throw new RpcException(RpcError.INTERNAL_ERROR, "cannot keep a record: " + Log.reason(e));
    }
  }

  /// Stops a command; unknown ones and those that have ended are none of its business.
  public void cancel(String id) {
    stop(id, ToolStatus.CANCELLED);
  }

  /// The server has the end of this one, or does not want it: a running one is stopped, the output
  /// goes, the outcome is remembered. Says nothing about an execution that was delivered again
  /// since that attempt.
  public void forget(String id, long attempt) throws IOException {
    if (find(id).filter(entry -> entry.known().attempt() > attempt).isPresent()) {
      return;
    }
    stop(id, ToolStatus.CANCELLED);
    Tracked gone;
    synchronized (tracked) {
      gone = tracked.remove(id);
    }
    journal.acknowledged(id);
    if (gone != null && gone.result().isPresent()) {
      gone.spool().delete();
    }
  }

  /// Stops everything, as the agent stops. Nothing is started from now on.
  public void stopAll() {
    stopping = true;
    unacknowledged().forEach(entry -> stop(entry.id(), ToolStatus.INTERRUPTED));
  }

  /// Waits until nothing runs any more.
  ///
  /// @return whether that came in time
  public boolean awaitEnds(Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    synchronized (tracked) {
      while (tracked.values().stream().anyMatch(entry -> entry.execution().isPresent())) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(tracked, left);
      }
      return true;
    }
  }

  private static boolean mayRunAgain(ToolExecute request, Entry known) {
    return request.idempotent()
        && request.attempt() > known.attempt()
        && known.result().filter(end -> end.status() == ToolStatus.INTERRUPTED).isPresent();
  }

  /// The server has had all of it, or it would not ask for another run.
  private void dropEarlierRun(String id) throws IOException {
    Tracked earlier;
    synchronized (tracked) {
      earlier = tracked.remove(id);
    }
    if (earlier != null) {
      earlier.spool().delete();
    }
  }

  private ExecutionState redelivered(Entry known, long attempt) throws IOException {
    journal.redelivered(known.id(), attempt);
    Optional<Tracked> entry = find(known.id());
    if (entry.isPresent()) {
      entry.get().redelivered(attempt);
    } else {
      track(known.id(), attempt, known.result());
    }
    return known.result().isPresent() ? ExecutionState.FINISHED : ExecutionState.RUNNING;
  }

  private Order check(ToolExecute request, long waitedNanos) {
    Task task = Tools.read(request.tool(), request.args());
    Policy policy = policies.get();
    try {
      policy.requireTool(request.tool());
      task.check(policy);
    } catch (DeniedException e) {
      throw new RpcException(RpcError.DENIED, Log.reason(e));
    }
    if (waitedNanos / 1_000_000_000 > request.notAfterSeconds()) {
      throw new RpcException(RpcError.EXPIRED, "not started in time");
    }
    long running = unacknowledged().stream().filter(e -> e.execution().isPresent()).count();
    if (stopping || running >= policy.limits().running()) {
      throw new RpcException(
          RpcError.BUSY, stopping ? "the agent stops" : running + " commands run already");
    }
    if (task instanceof Job && launcher.workers() >= Limits.MOST.running()) {
      throw new RpcException(
          RpcError.BUSY,
          launcher.workers() + " tools have not ended, perhaps on a disk that does not answer");
    }
    return new Order(request, task, policy);
  }

  /// Empty when this version of the agent does not understand the call any more.
  private Optional<Order> order(Entry entry, Unfinished.Call call) {
    try {
      ToolExecute request =
          new ToolExecute(
              entry.id(),
              entry.attempt(),
              call.tool(),
              call.args(),
              false,
              LONGEST_RESUMED.toSeconds(),
              0);
      return Optional.of(new Order(request, Tools.read(call.tool(), call.args()), policies.get()));
    } catch (RpcException e) {
      log.error(entry.id() + ": cannot go on: " + Log.reason(e));
      return Optional.empty();
    }
  }

  private void start(Order order, Tracked entry) {
    log.info(entry.id() + ": started");
    entry.runs(launcher.start(order, entry.spool(), new Observer(entry)));
  }

  /// Keeps what happens to one execution.
  private final class Observer implements Launcher.Observer {
    private final Tracked entry;

    Observer(Tracked entry) {
      this.entry = entry;
    }

    @Override
    public void running(ProcessMark mark) {
      try {
        journal.running(entry.id(), mark);
      } catch (IOException e) {
        log.warn(entry.id() + ": cannot record its process: " + Log.reason(e));
      }
    }

    @Override
    public void grown() {
      changed.run();
    }

    @Override
    public void left() {
      entry.left();
      synchronized (tracked) {
        tracked.notifyAll();
      }
    }

    @Override
    public void ended(ToolResult told) {
      ToolResult result = kept(told, entry);
      record(result);
      entry.ended(result);
      log.info(
          result.executionId()
              + ": "
              + result.status()
              + (result.exitCode().isPresent() ? " " + result.exitCode().getAsInt() : "")
              + " after "
              + result.durationMs()
              + " ms");
      Optional<Tracked> current = find(entry.id());
      if (current.isEmpty()) {
        deleteForgotten(entry);
      } else if (current.get() != entry) {
        // Forgotten while it ran, and delivered again since.
        current.get().ended(result);
      }
      synchronized (tracked) {
        tracked.notifyAll();
      }
      changed.run();
    }
  }

  /// The output is on disk before the end that says it is whole.
  private ToolResult kept(ToolResult told, Tracked entry) {
    try {
      entry.spool().force();
      return told;
    } catch (IOException e) {
      log.error(told.executionId() + ": its output may be lost: " + Log.reason(e));
      return new ToolResult(
          told.executionId(),
          told.attempt(),
          told.status(),
          told.exitCode(),
          told.error(),
          told.durationMs(),
          true);
    }
  }

  private void record(ToolResult result) {
    try {
      journal.ended(result);
    } catch (IOException e) {
      // Telling it once without a record is better than never.
      log.error(result.executionId() + ": cannot record its end: " + Log.reason(e));
    }
  }

  private void deleteForgotten(Tracked entry) {
    try {
      entry.spool().delete();
    } catch (IOException e) {
      log.warn(entry.id() + ": cannot delete its output: " + Log.reason(e));
    }
  }

  /// Removes what a tool was making when the agent was killed.
  private void removeMade(String name) throws IOException {
    Optional<Path> made = Workspace.made(name, spools);
    if (made.isEmpty()) {
      return;
    }
    try (OpenPlace place = OpenPlace.any(made.get(), Policy.Access.WRITE, policies.get())) {
      place.delete(place.name());
    } catch (IOException | DeniedException e) {
      log.warn(made.get() + ": cannot remove it: " + Log.reason(e));
    }
  }

  private void interrupt(Entry entry) throws IOException {
    boolean killed = entry.process().map(launcher::kill).orElse(false);
    log.warn(
        entry.id()
            + ": interrupted, the agent was stopped while it ran"
            + (killed ? "; its processes were killed" : ""));
    journal.ended(
        new ToolResult(
            entry.id(),
            entry.attempt(),
            ToolStatus.INTERRUPTED,
            OptionalInt.empty(),
            Optional.of("the agent was stopped while it ran"),
            0,
            false));
  }

  private void stop(String id, ToolStatus why) {
    find(id).flatMap(Tracked::execution).ifPresent(execution -> execution.stop(why));
  }

  private Optional<Tracked> find(String id) {
    synchronized (tracked) {
      return Optional.ofNullable(tracked.get(id));
    }
  }

  private Tracked track(String id, long attempt, Optional<ToolResult> result) throws IOException {
    Tracked entry = new Tracked(id, attempt, Spool.open(spools, id), result);
    synchronized (tracked) {
      tracked.put(id, entry);
    }
    return entry;
  }
}
