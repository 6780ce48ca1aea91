package muster.api.device;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.remote.RemoteLink;
import muster.remote.RemoteTarget;
import muster.wire.Methods;
import muster.wire.RemoteControl;
import muster.wire.RemoteStart;
import muster.wire.Rpc;
import muster.wire.RpcError;

/// The `remote.start` requests of one link that have not been answered. Thread-safe.
final class RemoteOrders {
  private static final int MAX_MESSAGE = 512;

  private final Map<Rpc.Id, Consumer<Optional<Fault>>> open = new ConcurrentHashMap<>();
  private volatile boolean ended;

  /// The frame to send.
  String frame(Rpc.Id id, RemoteLink.Order order, Consumer<Optional<Fault>> answer) {
    open.put(id, answer);
    if (ended) {
      end();
    }
    RemoteStart start =
        new RemoteStart(
            order.session(),
            order.channel(),
            order.request().kind().word(),
            new RemoteControl.Resize(order.request().cols(), order.request().rows()),
            order.request().target().map(RemoteTarget::host),
            order.request().target().map(RemoteTarget::port).orElse(0));
    return new Rpc.Request(id, Methods.REMOTE_START, start.toJson()).format();
  }

  /// False when that is not the id of one of them.
  boolean accepted(Rpc.Id id) {
    return answer(id, Optional.empty());
  }

  boolean refused(Rpc.Id id, RpcError error) {
    return answer(id, Optional.of(fault(error)));
  }

  private boolean answer(Rpc.Id id, Optional<Fault> refusal) {
    Consumer<Optional<Fault>> waiting = open.remove(id);
    if (waiting != null) {
      waiting.accept(refusal);
    }
    return waiting != null;
  }

  private static Fault fault(RpcError error) {
    String said = Names.reported(error.message(), MAX_MESSAGE);
    String why = said.isEmpty() ? "no reason given" : said;
    return switch (error.code()) {
      case RpcError.DENIED ->
          Fault.failedPrecondition("denied by the device's policy: " + why, "policy_denied");
      case RpcError.METHOD_NOT_FOUND ->
          Fault.failedPrecondition("the device's agent has no remote sessions", "remote_missing");
      default -> Fault.failedPrecondition("refused by the device: " + why, "remote_refused");
    };
  }

  /// Nobody waits for that answer any more.
  void forget(Rpc.Id id) {
    open.remove(id);
  }

  /// No more answers come.
  void end() {
    ended = true;
    Fault gone = new Fault(FaultCode.UNAVAILABLE, "the device's connection ended");
    open.keySet().forEach(id -> answer(id, Optional.of(gone)));
  }
}
