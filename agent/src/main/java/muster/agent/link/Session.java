package muster.agent.link;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import muster.agent.exec.Executions;
import muster.agent.exec.Tracked;
import muster.agent.log.Log;
import muster.wire.CloseCode;
import muster.wire.ExecutionReply;
import muster.wire.HelloReply;
import muster.wire.JsonException;
import muster.wire.KnownExecution;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.RpcException;
import org.jspecify.annotations.Nullable;

/// One connection, from connecting to its end. [#run] holds the whole conversation on one thread;
/// sending is the [Outbox]'s. Used once.
final class Session {
  private final Peer peer;
  private final Timing timing;
  private final Executions executions;
  private final Log log;
  private final Socket socket = new Socket();
  private final AtomicLong requestIds = new AtomicLong();
  private final Deliveries deliveries;
  private final Outbox outbox;
  private final Requests requests;
  private final Rpc.Id helloId = Rpc.Id.of(requestIds.incrementAndGet());
  private volatile boolean stopping;
  private @Nullable Heartbeats heartbeats;
  private long onlineNanos;

  Session(Peer peer) {
    this.peer = peer;
    timing = peer.timing();
    executions = peer.executions();
    log = peer.log();
    deliveries = new Deliveries(executions::unacknowledged, requestIds::incrementAndGet);
    outbox =
        new Outbox(deliveries::next, frame -> socket.send(frame, timing.silence()), socket::fail);
    requests = new Requests(executions, deliveries, outbox, log);
  }

  /// Asks the session to end: running commands are stopped, their ends told if that is quick.
  /// Callable from any thread.
  void stop() {
    stopping = true;
    socket.nudge();
  }

  /// Connects and talks until the connection is over.
  Ended run() throws InterruptedException {
    try {
      socket.connect(peer.http(), peer.uri(), peer.authToken());
    } catch (Socket.ConnectException e) {
      return e.how();
    }
    Thread writer = new Thread(outbox, "writer");
    writer.setDaemon(true);
    writer.start();
    executions.onChange(outbox::wake);
    try {
      hello();
      Ended how = talk();
      Duration good =
          heartbeats == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - onlineNanos);
      return how.after(good);
    } finally {
      executions.onChange(() -> {});
      outbox.close();
      goodbye(writer);
    }
  }

  private void hello() {
    List<KnownExecution> known = executions.unacknowledged().stream().map(Tracked::known).toList();
    outbox.urgent(
        new Rpc.Request(helloId, Methods.HELLO, peer.hello().with(known).toJson()).format());
  }

  private Ended talk() throws InterruptedException {
    long began = System.nanoTime();
    long stopBy = 0;
    while (true) {
      long now = System.nanoTime();
      if (now - socket.heardNanos() >= timing.silence().toNanos()) {
        return Ended.broken("the server was silent for " + timing.silence().toSeconds() + " s");
      }
      if (heartbeats == null && now - began >= timing.helloWithin().toNanos()) {
        return Ended.broken("hello was not answered in " + timing.helloWithin().toSeconds() + " s");
      }
      if (stopping && stopBy == 0) {
        executions.stopAll();
        stopBy = now + timing.stopWithin().toNanos();
      }
      if (stopping && (told() || now - stopBy >= 0)) {
        return Ended.stopped();
      }
      beat(now);
      Socket.Event event = socket.next(waitNanos(now, began, stopBy));
      if (event instanceof Socket.Gone gone) {
        return gone.how();
      }
      if (event instanceof Socket.Text text) {
        try {
          receive(text);
        } catch (JsonException e) {
          return Ended.broken("the server does not keep to the protocol: " + e.getMessage());
        } catch (IllegalStateException e) {
          return Ended.broken(Log.reason(e));
        }
        socket.handled();
      }
    }
  }

  /// Whether there is nothing left to tell before stopping.
  private boolean told() {
    return heartbeats == null || executions.unacknowledged().isEmpty();
  }

  private void beat(long now) {
    Heartbeats due = heartbeats;
    if (due != null && now - due.dueNanos() >= 0) {
      outbox.urgent(new Rpc.Notification(Methods.HEALTH, peer.health().get().toJson()).format());
      due.sent(now);
    }
  }

  private long waitNanos(long now, long began, long stopBy) {
    long next = timing.silence().toNanos() - (now - socket.heardNanos());
    next =
        Math.min(
            next,
            heartbeats == null
                ? timing.helloWithin().toNanos() - (now - began)
                : heartbeats.dueNanos() - now);
    return Math.max(1, stopBy == 0 ? next : Math.min(next, stopBy - now));
  }

  private void receive(Socket.Text text) {
    Rpc frame;
    try {
      frame = Rpc.parse(text.text());
    } catch (RpcException e) {
      outbox.urgent(new Rpc.Failure(e.id(), e.error()).format());
      return;
    }
    if (frame instanceof Rpc.Success answer) {
      if (answer.id().equals(helloId) && heartbeats == null) {
        welcome(HelloReply.fromJson(answer.result()));
      } else {
        requests.answered(answer);
      }
    } else if (frame instanceof Rpc.Failure failure) {
      // Were it hello, the close code that follows says how to go on.
      log.warn("the server refused a message: " + failure.error().message());
    } else {
      requests.handle(frame, text.receivedNanos());
    }
  }

  private void welcome(HelloReply reply) {
    for (ExecutionReply execution : reply.executions()) {
      if (execution.forget()) {
        requests.forget(execution.executionId());
      } else {
        deliveries.resume(execution.executionId(), execution.receivedSeq());
      }
    }
    deliveries.open();
    onlineNanos = System.nanoTime();
    heartbeats =
        new Heartbeats(reply.deviceId(), Duration.ofSeconds(reply.heartbeatSeconds()), onlineNanos);
    outbox.wake();
    peer.status().write("online", reply.deviceId());
    log.info(
        "online as " + reply.deviceId() + ", a heartbeat every " + reply.heartbeatSeconds() + " s");
  }

  /// Closes properly when the agent stops on purpose, else cuts.
  private void goodbye(Thread writer) throws InterruptedException {
    if (stopping) {
      writer.join(timing.goodbyeWithin().toMillis());
      if (!writer.isAlive()) {
        try {
          socket.close(CloseCode.NORMAL, timing.goodbyeWithin());
          awaitClose();
        } catch (IOException e) {
          log.warn("could not say goodbye: " + Log.reason(e));
        }
      }
    }
    writer.interrupt();
    socket.abort();
  }

  private void awaitClose() throws InterruptedException {
    long deadline = System.nanoTime() + timing.goodbyeWithin().toNanos();
    Socket.Event event;
    do {
      event = socket.next(Math.max(1, deadline - System.nanoTime()));
    } while (event != null && !(event instanceof Socket.Gone));
  }
}
