package muster.agent.link;

import java.io.IOException;
import java.time.Duration;
import muster.agent.log.Log;
import muster.wire.CloseCode;
import muster.wire.HelloReply;
import muster.wire.JsonException;

/// One connection, from connecting to its end: a [Conversation] over a [Socket]. [#run] does it all
/// on one thread but for sending. Used once.
final class Session {
  /// What is left for the next start of the agent ends without a word to the server.
  private static final Duration LOOK_WHILE_STOPPING = Duration.ofMillis(50);

  private final Peer peer;
  private final Timing timing;
  private final Log log;
  private final Socket socket = new Socket();
  private final Conversation conversation;
  private volatile boolean stopping;
  private long onlineNanos;

  Session(Peer peer) {
    this.peer = peer;
    timing = peer.timing();
    log = peer.log();
    conversation =
        new Conversation(
            peer.hello(),
            peer.health(),
            peer.executions(),
            peer.carrier(),
            peer.remotes(),
            peer.pace(),
            peer.logs(),
            this::online,
            System::nanoTime,
            log);
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
    Thread writer =
        new Thread(
            new Writer(
                conversation.outbox(), frame -> socket.send(frame, timing.silence()), socket::fail),
            "writer");
    writer.setDaemon(true);
    writer.start();
    try {
      conversation.begin();
      Ended how = talk();
      return how.after(
          conversation.online()
              ? Duration.ofNanos(System.nanoTime() - onlineNanos)
              : Duration.ZERO);
    } finally {
      conversation.end();
      goodbye(writer);
    }
  }

  private Ended talk() throws InterruptedException {
    long began = System.nanoTime();
    long stopBy = 0;
    while (true) {
      long now = System.nanoTime();
      if (now - socket.heardNanos() >= timing.silence().toNanos()) {
        return Ended.broken("the server was silent for " + timing.silence().toSeconds() + " s");
      }
      if (!conversation.online() && now - began >= timing.helloWithin().toNanos()) {
        return Ended.broken("hello was not answered in " + timing.helloWithin().toSeconds() + " s");
      }
      if (stopping && stopBy == 0) {
        peer.executions().stopAll();
        stopBy = now + timing.stopWithin().toNanos();
      }
      if (stopping && (told() || now - stopBy >= 0)) {
        return Ended.stopped();
      }
      conversation.beat(now);
      Socket.Event event = socket.next(waitNanos(now, began, stopBy));
      if (event instanceof Socket.Gone gone) {
        return gone.how();
      }
      if (event instanceof Socket.Text text) {
        try {
          conversation.receive(text.text(), text.receivedNanos(), System.nanoTime());
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
    return !conversation.online() || !peer.executions().hasToTell();
  }

  private long waitNanos(long now, long began, long stopBy) {
    long silence = timing.silence().toNanos() - (now - socket.heardNanos());
    long due =
        conversation
            .nextBeat()
            .map(beat -> beat - now)
            .orElse(timing.helloWithin().toNanos() - (now - began));
    long next = Math.min(silence, due);
    return Math.max(1, stopBy == 0 ? next : Math.min(next, LOOK_WHILE_STOPPING.toNanos()));
  }

  private void online(HelloReply reply) {
    onlineNanos = System.nanoTime();
    peer.carrier().online();
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
    // Ends the writer's send. An interruption could meet it in a spool, and close that for all.
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
