package muster.agent.link;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import muster.agent.exec.Executions;
import muster.agent.exec.Tracked;
import muster.agent.log.Log;
import muster.agent.logs.Followers;
import muster.agent.logs.LogSources;
import muster.agent.remote.Remotes;
import muster.agent.tool.Pace;
import muster.agent.transfer.Carrier;
import muster.wire.ExecutionReply;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.HelloReply;
import muster.wire.KnownExecution;
import muster.wire.Methods;
import muster.wire.PolicyChanged;
import muster.wire.PolicySummary;
import muster.wire.Rpc;
import muster.wire.RpcException;
import org.jspecify.annotations.Nullable;

/// What is said on one connection, without the connection: frames come in by [#receive], frames to
/// send wait in [#outbox], and time is what the caller says. So the same code talks over a socket
/// and in a simulation. One thread talks; the outbox is safe for others.
public final class Conversation {
  private final Introduction introduction;
  private final Supplier<Health> health;
  private final Executions executions;
  private final Consumer<HelloReply> welcomed;
  private final Pace pace;
  private final Log log;
  private final AtomicLong requestIds = new AtomicLong();
  private final Rpc.Id helloId = Rpc.Id.of(requestIds.incrementAndGet());
  private final Deliveries deliveries;
  private final Outbox outbox;
  private final Optional<Followers> followers;
  private final Requests requests;

  /// Whose turn is next when both output and logs are to be sent.
  private boolean logsFirst;

  /// Attempts of the executions told about in hello.
  private final Map<String, Long> introduced = new HashMap<>();

  /// As the server was told of it last.
  private Optional<PolicySummary> policy = Optional.empty();

  private @Nullable Heartbeats heartbeats;

  /// Between heartbeats, by the answer to hello; and as the server has said since.
  private Duration usual = Duration.ZERO;

  private Duration told = Duration.ZERO;

  /// @param health measures the host, for each heartbeat
  /// @param remotes empty where there are no remote sessions
  /// @param pace of the heartbeats, where somebody has set it
  /// @param logs empty where none are followed
  /// @param welcomed hears the answer to hello
  /// @param nanos the monotonic clock
  public Conversation(
      Introduction introduction,
      Supplier<Health> health,
      Executions executions,
      Carrier carrier,
      Optional<Remotes> remotes,
      Pace pace,
      Optional<LogSources> logs,
      Consumer<HelloReply> welcomed,
      LongSupplier nanos,
      Log log) {
    this.introduction = introduction;
    this.health = health;
    this.executions = executions;
    this.pace = pace;
    this.welcomed = welcomed;
    this.log = log;
    deliveries = new Deliveries(executions::unacknowledged, requestIds::incrementAndGet);
    outbox = new Outbox(this::bulk);
    followers = logs.map(sources -> new Followers(sources, outbox::wake, log));
    requests =
        new Requests(
            executions, carrier, deliveries, remotes, followers, this::pace, outbox, nanos, log);
  }

  /// Output of commands and lines of logs in turns. By who sends, one call at a time.
  private Optional<String> bulk() {
    logsFirst = !logsFirst;
    return logsFirst ? logLines().or(deliveries::next) : deliveries.next().or(this::logLines);
  }

  private Optional<String> logLines() {
    return followers.flatMap(Followers::next);
  }

  /// Introduces the agent, and from now on hears of output and ends to send.
  public void begin() {
    executions.onChange(outbox::wake);
    List<KnownExecution> known = executions.unacknowledged().stream().map(Tracked::known).toList();
    known.forEach(execution -> introduced.put(execution.executionId(), execution.attempt()));
    Hello hello = introduction.with(known);
    policy = hello.policy();
    outbox.urgent(new Rpc.Request(helloId, Methods.HELLO, hello.toJson()).format());
  }

  /// No more frames come; what the outbox holds may still be sent.
  public void end() {
    executions.onChange(() -> {});
    followers.ifPresent(Followers::close);
    outbox.close();
  }

  public Outbox outbox() {
    return outbox;
  }

  /// Whether hello was answered.
  public boolean online() {
    return heartbeats != null;
  }

  /// Deals with a frame.
  ///
  /// @param receivedNanos when it came
  /// @param nowNanos the same clock now
  /// @throws RuntimeException a `JsonException` or `IllegalStateException` when the server does not
  ///   keep to the protocol
  public void receive(String text, long receivedNanos, long nowNanos) {
    Rpc frame;
    try {
      frame = Rpc.parse(text);
    } catch (RpcException e) {
      outbox.urgent(new Rpc.Failure(e.id(), e.error()).format());
      return;
    }
    if (frame instanceof Rpc.Success answer) {
      if (answer.id().equals(helloId) && heartbeats == null) {
        welcome(HelloReply.fromJson(answer.result()), nowNanos);
      } else {
        requests.answered(answer);
      }
    } else if (frame instanceof Rpc.Failure failure) {
      // Were it hello, the close code that follows says how to go on.
      log.warn("the server refused a message: " + failure.error().message());
    } else {
      requests.handle(frame, receivedNanos);
    }
  }

  /// Sends a heartbeat when one is due, and before it what has changed of the device's policy.
  public void beat(long nowNanos) {
    Heartbeats due = heartbeats;
    if (due != null && nowNanos - due.dueNanos() >= 0) {
      tellPolicy();
      outbox.urgent(new Rpc.Notification(Methods.HEALTH, health.get().toJson()).format());
      due.sent(nowNanos);
    }
  }

  private void tellPolicy() {
    Hello now = introduction.with(List.of());
    now.policy()
        .filter(summary -> !policy.equals(Optional.of(summary)))
        .ifPresent(summary -> {
          PolicyChanged changed = new PolicyChanged(summary, now.capabilities());
          outbox.urgent(new Rpc.Notification(Methods.POLICY, changed.toJson()).format());
        });
    policy = now.policy();
  }

  /// When the next heartbeat is due; empty before hello was answered.
  public Optional<Long> nextBeat() {
    return Optional.ofNullable(heartbeats).map(Heartbeats::dueNanos);
  }

  private void pace(Duration period, long nowNanos) {
    told = period;
    if (heartbeats != null) {
      heartbeats.hurry(nowNanos);
    }
  }

  /// While somebody watches, what the server says; else what was set here, if anything was.
  private Duration period() {
    boolean watched = told.compareTo(usual) < 0;
    return watched ? told : pace.get().orElse(usual);
  }

  private void welcome(HelloReply reply, long nowNanos) {
    for (ExecutionReply execution : reply.executions()) {
      if (execution.forget()) {
        String id = execution.executionId();
        requests.forget(id, introduced.getOrDefault(id, 0L));
      } else {
        deliveries.resume(execution.executionId(), execution.receivedSeq());
      }
    }
    deliveries.open();
    usual = Duration.ofSeconds(reply.heartbeatSeconds());
    told = usual;
    heartbeats = new Heartbeats(reply.deviceId(), this::period, nowNanos);
    outbox.wake();
    welcomed.accept(reply);
  }
}
