package muster.api.agents;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.remote.RemoteChannel;
import muster.remote.RemoteKind;
import muster.remote.RemoteLink;
import muster.remote.RemoteSessions;
import muster.socket.DeviceChannel;
import muster.wire.JsonObject;

/// The terminals of one agent: the `pty_*` frames of its socket (CONTRACT 2.2). What the protocol
/// calls a session is a channel here, named by the server. Thread-safe.
///
/// An agent of this kind opens a terminal on its one socket, where nothing can be held back: see
/// [AgentsTerminal] for who reads slowly. It has no tunnels.
final class AgentsTerminals {
  private static final int MAX_ERROR = 512;

  /// The agent gives other roles a restricted shell; only administrators come as far as this.
  private static final String ROLE = "admin";

  private final DeviceId device;
  private final DeviceChannel channel;
  private final RemoteSessions sessions;

  /// Asked for and not answered, by the channel's name.
  private final ConcurrentMap<String, Consumer<Optional<Fault>>> asked = new ConcurrentHashMap<>();

  private final ConcurrentMap<String, AgentsTerminal> open = new ConcurrentHashMap<>();
  private volatile boolean ended;

  AgentsTerminals(DeviceId device, DeviceChannel channel, RemoteSessions sessions) {
    this.device = device;
    this.channel = channel;
    this.sessions = sessions;
  }

  void order(RemoteLink.Order order, Consumer<Optional<Fault>> answer) {
    if (order.request().kind() != RemoteKind.TERMINAL || order.channel().isEmpty()) {
      answer.accept(
          Optional.of(
              Fault.failedPrecondition(
                  "the agent of device %s has terminals only".formatted(device),
                  "remote_missing")));
      return;
    }
    String name = order.channel().get();
    asked.put(name, answer);
    channel.later(RemoteLink.PATIENCE.toMillis(), () -> asked.remove(name));
    if (ended) {
      end();
      return;
    }
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("type", "pty_open");
    frame.put("session", name);
    frame.put("cols", order.request().cols());
    frame.put("rows", order.request().rows());
    frame.put("role", ROLE);
    channel.send(AgentsJson.frame(frame));
  }

  /// A frame whose type begins with `pty_`. Frames come one at a time.
  void said(String type, JsonObject message) {
    String name = message.optString("session").orElse("");
    Optional<AgentsTerminal> terminal = Optional.ofNullable(open.get(name));
    switch (type) {
      case "pty_opened" -> opened(name);
      case "pty_output" ->
          terminal.ifPresent(present -> present.output(message.optString("data").orElse("")));
      case "pty_exit" -> {
        var code = message.optNumber("code");
        terminal.ifPresent(present -> present.exited((int) code.orElse(0)));
      }
      case "pty_error" -> {
        String why = Names.reported(message.optString("error").orElse(""), MAX_ERROR);
        answer(name, Optional.of(refused(why)));
        terminal.ifPresent(present -> present.failed(why));
      }
      default -> {}
    }
  }

  private static Fault refused(String why) {
    return Fault.failedPrecondition(
        "refused by the device: " + (why.isEmpty() ? "no reason given" : why), "remote_refused");
  }

  /// One that nobody waits for any more is closed again: its shell would run on for nobody.
  private void opened(String name) {
    AgentsTerminal terminal = new AgentsTerminal(name, channel);
    Optional<RemoteChannel> expected =
        asked.containsKey(name) ? sessions.expected(device, name) : Optional.empty();
    if (expected.isEmpty()) {
      terminal.close(0, "");
      return;
    }
    open.put(name, terminal);
    expected.get().joinedByDevice(terminal);
    answer(name, Optional.empty());
  }

  private void answer(String name, Optional<Fault> refusal) {
    Consumer<Optional<Fault>> waiting = asked.remove(name);
    if (waiting != null) {
      waiting.accept(refusal);
    }
  }

  /// The agent's connection is gone, and its shells with it.
  void end() {
    ended = true;
    Fault gone = new Fault(FaultCode.UNAVAILABLE, "the device's connection ended");
    asked.keySet().forEach(name -> answer(name, Optional.of(gone)));
    open.values().forEach(AgentsTerminal::gone);
  }
}
