package muster.testkit.simulation;

import java.time.Duration;
import java.util.Optional;
import muster.api.device.DeviceApi;
import muster.checkin.Identity;
import muster.id.DeviceId;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.wire.CloseCode;

/// One connection, seen by the server: its real conversation over a pretended socket.
final class ServerConnection implements Wire.End, DeviceChannel {
  private static final int HEARTBEAT_SECONDS = 15;
  private static final int INTERNAL_ERROR = 1011;

  /// Stands in the answer to hello and nowhere else.
  private static final String WELCOME = "heartbeat_seconds";

  private final DeviceId device;
  private final Wire wire;
  private final ServerRun run;
  private final SimulatedServer server;
  private final Timeline time;
  private final Conversation conversation;
  private boolean welcomed;
  private boolean failed;

  /// @param run of the server that this connection belongs to, and ends with
  ServerConnection(
      DeviceId device, Wire wire, ServerRun run, SimulatedServer server, Timeline time) {
    this.device = device;
    this.wire = wire;
    this.run = run;
    this.server = server;
    this.time = time;
    this.conversation =
        DeviceApi.conversation(
            new Identity(device, device.value()),
            this,
            run.checkins,
            task -> server.later(run, task),
            time::now,
            HEARTBEAT_SECONDS,
            Optional.empty(),
            Optional.empty());
  }

  void open() {
    run.wires.add(wire);
    server.act(run, conversation::opened);
  }

  @Override
  public void frame(String text) {
    server.act(
        run,
        () -> {
          if (!failed) {
            time.note("the server hears %s", text);
            heard();
            dealWith(() -> conversation.text(text));
          }
        });
  }

  @Override
  public void signOfLife() {
    server.act(
        run,
        () -> {
          heard();
          conversation.signOfLife();
        });
  }

  private void heard() {
    if (welcomed) {
      server.witness().heard(device, time.now());
    }
  }

  @Override
  public void closed(int code, String reason) {
    run.wires.remove(wire);
    time.after(
        time.upTo(Duration.ofMillis(50)),
        () -> server.act(run, () -> dealWith(() -> conversation.closed(code == CloseCode.NORMAL))));
  }

  /// As the socket does: after a frame that went wrong it takes no more.
  private void dealWith(Runnable frame) {
    try {
      frame.run();
    } catch (RuntimeException e) {
      time.note("the server: %s", e);
      failed = true;
      wire.closeByServer(INTERNAL_ERROR, "internal error");
    }
  }

  @Override
  public String address() {
    return "192.0.2.1";
  }

  @Override
  public void send(String text) {
    if (!server.failPoint().isDead()) {
      wire.toAgent(text);
      welcomed |= text.contains(WELCOME);
    }
  }

  /// The simulated network takes everything at once.
  @Override
  public void awaitTaken() {}

  @Override
  public void ping() {
    wire.pingAgent();
  }

  @Override
  public void close(int code, String reason) {
    if (!server.failPoint().isDead()) {
      wire.closeByServer(code, reason);
    }
  }

  @Override
  public void later(long millis, Runnable task) {
    time.after(Duration.ofMillis(millis), () -> server.act(run, task));
  }
}
