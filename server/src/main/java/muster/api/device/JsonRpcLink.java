package muster.api.device;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandLink;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.TransferId;
import muster.link.Session;
import muster.remote.RemoteLink;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.stream.LogRequest;
import muster.stream.MetricStreams;
import muster.stream.StreamLink;
import muster.transfer.Handovers;
import muster.transfer.Transfer;
import muster.transfer.TransferLink;
import muster.wire.CloseCode;
import muster.wire.Disconnect;
import muster.wire.FieldException;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.JsonObject;
import muster.wire.Methods;
import muster.wire.PolicyChanged;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolCancel;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStarted;
import muster.wire.ToolStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One agent's connection. Frames come in one at a time; commands may be sent by any thread, but
/// are held back until `device.hello` has been answered. Guarded by this object: `ready` and
/// `held`.
final class JsonRpcLink implements CommandLink, TransferLink, RemoteLink, StreamLink, Conversation {
  private static final Logger log = LoggerFactory.getLogger(JsonRpcLink.class);
  private static final long HELLO_MILLIS = 10_000;
  private static final long BUSY_MILLIS = 1_000;
  private static final String OUTPUT = "\"" + Methods.OUTPUT + "\"";
  private static final String LINES = "\"" + Methods.LOGS_LINES + "\"";

  private final Identity device;
  private final DeviceChannel channel;
  private final Checkins checkins;
  private final Executor threads;
  private final InstantSource clock;
  private final int heartbeatSeconds;
  private final TransferTalk transfers;
  private final AtomicLong nextId = new AtomicLong(1);
  private final Map<Rpc.Id, Delivery> deliveries = new ConcurrentHashMap<>();
  private final RemoteOrders remoteOrders = new RemoteOrders();
  private final StreamTalk streams;
  private final List<String> held = new ArrayList<>();
  private boolean ready;
  private volatile Optional<Session> session = Optional.empty();

  /// A `tool.execute` that has not been answered.
  private record Delivery(CommandId command, int attempt) {}

  JsonRpcLink(
      Identity device,
      DeviceChannel channel,
      Checkins checkins,
      Executor threads,
      InstantSource clock,
      int heartbeatSeconds,
      Optional<Handovers> handovers,
      Optional<MetricStreams> metrics) {
    this.device = device;
    this.channel = channel;
    this.checkins = checkins;
    this.threads = threads;
    this.clock = clock;
    this.heartbeatSeconds = heartbeatSeconds;
    this.transfers =
        new TransferTalk(
            device.device(),
            handovers,
            () -> Rpc.Id.of(nextId.getAndIncrement()),
            request -> send(request.format()));
    this.streams =
        new StreamTalk(
            metrics, () -> Rpc.Id.of(nextId.getAndIncrement()), frame -> send(frame.format()));
  }

  @Override
  public void opened() {
    channel.later(
        HELLO_MILLIS,
        () -> {
          if (session.isEmpty()) {
            channel.close(CloseCode.HELLO_TIMEOUT, "no hello in 10 s");
          }
        });
  }

  /// Wherever the method stands: a frame that only looks like output is slowed down, no more.
  @Override
  public boolean isBulk(String frame) {
    return frame.contains(OUTPUT) || frame.contains(LINES);
  }

  @Override
  public void signOfLife() {
    session.ifPresent(checkins::heard);
  }

  @Override
  public void closed(boolean saidGoodbye) {
    remoteOrders.end();
    streams.end();
    session.ifPresent(present -> {
      checkins.closed(present, saidGoodbye);
      transfers.closed(present);
    });
  }

  @Override
  public void text(String frame) {
    try {
      Rpc rpc = Rpc.parse(frame);
      if (session.isEmpty()) {
        greet(rpc);
      } else {
        checkins.heard(session.get());
        dispatch(session.get(), rpc);
      }
    } catch (RpcException e) {
      channel.send(new Rpc.Failure(e.id(), e.error()).format());
      channel.close(CloseCode.PROTOCOL_ERROR, e.error().message());
    }
  }

  private void greet(Rpc first) {
    if (!(first instanceof Rpc.Request request) || !request.method().equals(Methods.HELLO)) {
      channel.close(CloseCode.PROTOCOL_ERROR, "expected device.hello first");
      return;
    }
    try {
      Hello hello = Hello.fromJson(request.params());
      Welcome welcome =
          checkins.hello(device, this, channel.address(), DeviceFrames.greeting(hello));
      session = Optional.of(welcome.session());
      JsonObject reply = DeviceFrames.reply(welcome, heartbeatSeconds, clock.instant()).toJson();
      begin(new Rpc.Success(request.id(), reply).format());
      checkins.ready(welcome);
      transfers.ready(welcome.session());
      streams.ready(welcome.session());
    } catch (FieldException e) {
      fail(request.id(), RpcError.INVALID_PARAMS, e);
      channel.close(CloseCode.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
    } catch (Fault fault) {
      fail(request.id(), RpcError.INVALID_REQUEST, fault);
      channel.close(closeCode(fault), fault.getMessage());
    }
  }

  private static int closeCode(Fault fault) {
    return switch (fault.code()) {
      case UNAUTHENTICATED, NOT_FOUND -> CloseCode.BAD_TOKEN;
      case PERMISSION_DENIED -> CloseCode.REFUSED;
      case ALREADY_EXISTS -> CloseCode.REPLACED;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, RESOURCE_EXHAUSTED, UNAVAILABLE, INTERNAL ->
          CloseCode.PROTOCOL_ERROR;
    };
  }

  private void dispatch(Session present, Rpc rpc) {
    switch (rpc) {
      case Rpc.Request request -> answer(present, request);
      case Rpc.Notification notification -> notice(present, notification);
      case Rpc.Success success -> delivered(present, success);
      case Rpc.Failure failure -> refused(present, failure);
    }
  }

  private void answer(Session present, Rpc.Request request) {
    if (!request.method().equals(Methods.RESULT)) {
      RpcError error =
          new RpcError(RpcError.METHOD_NOT_FOUND, "unknown method " + request.method());
      channel.send(new Rpc.Failure(Optional.of(request.id()), error).format());
      return;
    }
    try {
      ToolResult result = ToolResult.fromJson(request.params());
      ended(present, new CommandId(result.executionId()), result);
      channel.send(new Rpc.Success(request.id(), JsonObject.empty()).format());
    } catch (FieldException e) {
      fail(request.id(), RpcError.INVALID_PARAMS, e);
    }
  }

  private void ended(Session present, CommandId id, ToolResult result) {
    Command.Result end = DeviceFrames.result(result);
    if (result.status() == ToolStatus.INTERRUPTED) {
      checkins.interrupted(present, id, result.attempt(), end);
    } else {
      checkins.ended(present, id, DeviceFrames.status(result.status()), end);
    }
  }

  private void notice(Session present, Rpc.Notification notification) {
    try {
      switch (notification.method()) {
        case Methods.HEALTH ->
            checkins.health(
                present,
                DeviceFrames.health(Health.fromJson(notification.params()), clock.instant()));
        case Methods.OUTPUT -> {
          ToolOutput output = ToolOutput.fromJson(notification.params());
          checkins.output(
              present,
              new CommandId(output.executionId()),
              output.attempt(),
              DeviceFrames.output(output));
        }
        case Methods.LOGS_LINES -> streams.lines(notification.params());
        case Methods.LOGS_ENDED -> streams.ended(notification.params());
        case Methods.POLICY -> {
          PolicyChanged changed = PolicyChanged.fromJson(notification.params());
          checkins.policy(
              present,
              DeviceFrames.policy(changed.policy()),
              Names.reported(changed.capabilities()));
        }
        default -> log.debug("{} sent an unknown notification", device.device());
      }
    } catch (FieldException e) {
      log.debug("{} sent a {} that is not understood", device.device(), notification.method(), e);
    } catch (Fault fault) {
      // Output that could not be stored must not be passed over: the connection ends, and on the
      // next one the agent goes on behind what has arrived.
      if (fault.code() != FaultCode.INVALID_ARGUMENT) {
        throw fault;
      }
      log.debug("{} sent a {} out of bounds", device.device(), notification.method(), fault);
    }
  }

  private void delivered(Session present, Rpc.Success success) {
    if (remoteOrders.accepted(success.id()) || streams.accepted(success.id())) {
      return;
    }
    Delivery delivery = deliveries.remove(success.id());
    if (delivery == null) {
      transfers.taken(success.id());
      return;
    }
    try {
      ToolStarted.fromJson(success.result());
      checkins.started(present, delivery.command());
    } catch (FieldException e) {
      refused(present, delivery, "the agent's answer is not understood", false);
    }
  }

  private void refused(Session present, Rpc.Failure failure) {
    if (failure.id().filter(id -> isOrder(id, failure.error())).isPresent()) {
      return;
    }
    Optional<Delivery> delivery = failure.id().map(deliveries::remove);
    if (delivery.isEmpty()) {
      transfers.refused(failure);
      return;
    }
    boolean busy = failure.error().code() == RpcError.BUSY;
    refused(present, delivery.get(), refusal(failure.error()), busy);
    if (busy) {
      channel.later(BUSY_MILLIS, () -> threads.execute(() -> checkins.deliver(present)));
    }
  }

  private boolean isOrder(Rpc.Id id, RpcError refusal) {
    return remoteOrders.refused(id, refusal) || streams.refused(id, refusal);
  }

  private void refused(Session present, Delivery delivery, String why, boolean again) {
    checkins.refused(present, delivery.command(), delivery.attempt(), why, again);
  }

  private static String refusal(RpcError error) {
    String why =
        switch (error.code()) {
          case RpcError.UNKNOWN_TOOL -> "the device has no such tool";
          case RpcError.DENIED -> "denied by the device's policy";
          case RpcError.EXPIRED -> "too late to start on the device";
          default -> "refused by the device";
        };
    String message = Names.reported(error.message(), 512);
    return message.isEmpty() ? why : why + ": " + message;
  }

  private void fail(Rpc.Id id, int code, RuntimeException problem) {
    RpcError error = new RpcError(code, String.valueOf(problem.getMessage()));
    channel.send(new Rpc.Failure(Optional.of(id), error).format());
  }

  @Override
  public void execute(Command command) {
    Rpc.Id id = Rpc.Id.of(nextId.getAndIncrement());
    deliveries.put(id, new Delivery(command.id(), command.attempt()));
    send(
        new Rpc.Request(
                id, Methods.EXECUTE, DeviceFrames.execute(command, clock.instant()).toJson())
            .format());
  }

  @Override
  public void offer(Transfer transfer) {
    transfers.offer(transfer);
  }

  @Override
  public void cancel(TransferId id) {
    transfers.cancel(id);
  }

  @Override
  public void cancel(CommandId id) {
    send(
        new Rpc.Request(
                Rpc.Id.of(nextId.getAndIncrement()),
                Methods.CANCEL,
                new ToolCancel(id.value()).toJson())
            .format());
  }

  @Override
  public void remote(Order order, Consumer<Optional<Fault>> answer) {
    Rpc.Id id = Rpc.Id.of(nextId.getAndIncrement());
    send(remoteOrders.frame(id, order, answer));
    channel.later(RemoteLink.PATIENCE.toMillis(), () -> remoteOrders.forget(id));
  }

  @Override
  public void follow(String id, LogRequest request, Inlet inlet) {
    streams.follow(id, request, inlet);
  }

  @Override
  public void unfollow(String id) {
    streams.unfollow(id);
  }

  @Override
  public void pace(Duration interval) {
    streams.pace(interval);
  }

  private synchronized void send(String frame) {
    if (ready) {
      channel.send(frame);
    } else {
      held.add(frame);
    }
  }

  private synchronized void begin(String helloReply) {
    channel.send(helloReply);
    held.forEach(channel::send);
    held.clear();
    ready = true;
  }

  @Override
  public void probe() {
    channel.ping();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    channel.send(
        new Rpc.Notification(Methods.DISCONNECT, new Disconnect(detail).toJson()).format());
    channel.close(reason, detail);
  }
}
