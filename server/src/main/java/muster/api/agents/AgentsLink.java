package muster.api.agents;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import muster.checkin.Checkins;
import muster.checkin.Greeting;
import muster.checkin.Identity;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandLink;
import muster.command.CommandStatus;
import muster.command.OutputChunk;
import muster.device.DeviceFacts;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.link.Arrival;
import muster.link.Session;
import muster.remote.RemoteLink;
import muster.remote.RemoteSessions;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.wire.CloseCode;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An agent of this page's kind on `/api/agent/ws` (F159, CONTRACT 2.2). Its first frame is
/// `identify{hostname, agent_version}`. It is given `command{id, cmd, params}` and answers with
/// `stream{id, line}` while it prints and `result{id, status, …}` when it has ended. Terminals are
/// its `pty_*` frames.
///
/// The agent neither confirms a command nor keeps a journal: what was sent counts as started, and
/// is never sent again. A result that got lost on the way may come with its next report.
final class AgentsLink implements CommandLink, RemoteLink, Conversation {
  private static final Logger log = LoggerFactory.getLogger(AgentsLink.class);
  private static final int BAD_KEY = 4001;
  private static final int NO_IDENTIFY = 4002;
  private static final int REPLACED = 1000;
  private static final long IDENTIFY_MILLIS = 10_000;
  private static final int MAX_ERROR = 1000;

  /// Such an agent knows of no attempts: what it says is of the present one.
  private static final long PRESENT = Long.MAX_VALUE;

  private final Identity device;
  private final DeviceChannel channel;
  private final Checkins checkins;
  private final Executor threads;
  private final AgentsTerminals terminals;

  /// How many chunks of output have come of each command that it has. Only frames touch the counts.
  private final Map<CommandId, Long> chunks = new ConcurrentHashMap<>();

  private volatile Optional<Session> session = Optional.empty();

  AgentsLink(
      Identity device,
      DeviceChannel channel,
      Checkins checkins,
      RemoteSessions remotes,
      Executor threads) {
    this.device = device;
    this.channel = channel;
    this.checkins = checkins;
    this.threads = threads;
    this.terminals = new AgentsTerminals(device.device(), channel, remotes);
  }

  @Override
  public void opened() {
    channel.later(
        IDENTIFY_MILLIS,
        () -> {
          if (session.isEmpty()) {
            channel.close(NO_IDENTIFY, "no identify in 10 s");
          }
        });
  }

  @Override
  public void text(String frame) {
    try {
      JsonObject message = Json.parseObject(frame);
      String type = message.optString("type").orElse("");
      if (session.isEmpty()) {
        identified(type, message);
      } else {
        checkins.heard(session.get());
        said(session.get(), type, message);
      }
    } catch (JsonException e) {
      if (session.isEmpty()) {
        channel.close(NO_IDENTIFY, "expected identify first");
      }
      log.debug("{} sent a frame that is not understood", device.device(), e);
    }
  }

  private void identified(String type, JsonObject message) {
    if (!type.equals("identify")) {
      channel.close(NO_IDENTIFY, "expected identify first");
      return;
    }
    DeviceFacts facts =
        new DeviceFacts(
                Optional.empty(),
                message.optString("agent_version"),
                message.optString("hostname"),
                message.optString("platform"),
                message.optString("arch"),
                message.optString("os"),
                List.of(),
                Optional.empty())
            .reported();
    try {
      Greeting greeting = new Greeting(facts, Arrival.Machine.UNSAID, Map.of());
      Welcome welcome = checkins.hello(device, this, channel.address(), greeting);
      welcome.executions().forEach((id, seq) -> seq.ifPresent(last -> chunks.put(id, last)));
      session = Optional.of(welcome.session());
      checkins.ready(welcome);
    } catch (Fault fault) {
      boolean bad =
          fault.code() == FaultCode.UNAUTHENTICATED || fault.code() == FaultCode.PERMISSION_DENIED;
      channel.close(bad ? BAD_KEY : CloseCode.PROTOCOL_ERROR, fault.getMessage());
    }
  }

  private void said(Session present, String type, JsonObject message) {
    switch (type) {
      case "ping" -> channel.send("{\"type\":\"pong\"}");
      case "stream" -> streamed(present, message);
      case "result" -> ended(present, message);
      case "pty_opened", "pty_output", "pty_exit", "pty_error" -> terminals.said(type, message);
      default -> log.debug("{} sent an unknown frame", device.device());
    }
  }

  private void streamed(Session present, JsonObject message) {
    message
        .optString("id")
        .ifPresent(
            id -> print(present, new CommandId(id), message.optString("line").orElse("") + "\n"));
  }

  private void print(Session present, CommandId id, String text) {
    Long before = chunks.get(id);
    if (before == null) {
      return;
    }
    long seq = before;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < bytes.length; from += OutputChunk.MAX_BYTES) {
      int to = Math.min(bytes.length, from + OutputChunk.MAX_BYTES);
      byte[] piece = Arrays.copyOfRange(bytes, from, to);
      checkins.output(
          present, id, PRESENT, new OutputChunk(++seq, OutputChunk.Stream.STDOUT, piece, 0));
    }
    chunks.put(id, seq);
  }

  private void ended(Session present, JsonObject message) {
    Optional<CommandId> id = message.optString("id").map(CommandId::new);
    if (id.isEmpty()) {
      return;
    }
    Optional<Integer> exitCode = exitCode(message);
    CommandStatus status;
    try {
      status = AgentsOutcome.status(message.optString("status").orElse("ok"), exitCode);
    } catch (Fault unknown) {
      status = CommandStatus.FAILED;
    }
    for (String field : List.of("output", "stdout", "stderr")) {
      message.optString(field).ifPresent(text -> print(present, id.get(), text));
    }
    Optional<String> error =
        message.optString("error").map(text -> Names.reported(text, MAX_ERROR));
    chunks.remove(id.get());
    checkins.ended(
        present, id.get(), status, new Command.Result(exitCode, error, Optional.empty(), false));
  }

  private static Optional<Integer> exitCode(JsonObject message) {
    var code = message.optNumber("exit_code");
    return code.isPresent() ? Optional.of((int) code.getAsDouble()) : Optional.empty();
  }

  @Override
  public void execute(Command command) {
    chunks.put(command.id(), 0L);
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("type", "command");
    frame.put("id", command.id().value());
    frame.put("cmd", command.tool().equals("bash") ? "exec" : command.tool());
    frame.put("params", AgentsJson.params(command));
    channel.send(AgentsJson.frame(frame));
    threads.execute(() -> session.ifPresent(present -> checkins.started(present, command.id())));
  }

  @Override
  public void remote(Order order, Consumer<Optional<Fault>> answer) {
    terminals.order(order, answer);
  }

  @Override
  public boolean keepsAccount() {
    return false;
  }

  /// The protocol has no word for it: the command runs to its end, and that is told.
  @Override
  public void cancel(CommandId id) {}

  /// Wherever the word stands: a frame that only looks like output is slowed down, no more.
  @Override
  public boolean isBulk(String frame) {
    return frame.contains("\"stream\"")
        || frame.contains("\"result\"")
        || frame.contains("\"pty_output\"");
  }

  @Override
  public void signOfLife() {
    session.ifPresent(checkins::heard);
  }

  @Override
  public void closed(boolean saidGoodbye) {
    terminals.end();
    session.ifPresent(present -> checkins.closed(present, saidGoodbye));
  }

  @Override
  public void probe() {
    channel.ping();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    switch (reason) {
      case REPLACED -> channel.close(REPLACED, detail);
      case CUT -> channel.close(BAD_KEY, detail);
      case CLONE, SILENT, RESTART -> channel.close(reason, detail);
    }
  }
}
