package muster.api.device;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.device.Names;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.link.Session;
import muster.transfer.Handovers;
import muster.transfer.Transfer;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.TransferCancel;
import muster.wire.TransferRead;
import muster.wire.TransferWrite;

/// What is said of transfers on one connection: they are offered, and taken or refused. All else
/// goes over HTTP. Safe for use by many threads.
final class TransferTalk {
  private static final int MAX_MESSAGE = 512;

  private final DeviceId device;
  private final Optional<Handovers> handovers;
  private final Supplier<Rpc.Id> nextId;
  private final Consumer<Rpc.Request> out;
  private final Map<Rpc.Id, TransferId> offers = new ConcurrentHashMap<>();

  /// @param handovers absent where no files are carried
  TransferTalk(
      DeviceId device,
      Optional<Handovers> handovers,
      Supplier<Rpc.Id> nextId,
      Consumer<Rpc.Request> out) {
    this.device = device;
    this.handovers = handovers;
    this.nextId = nextId;
    this.out = out;
  }

  void ready(Session session) {
    handovers.ifPresent(present -> present.ready(session));
  }

  void closed(Session session) {
    handovers.ifPresent(present -> present.closed(session));
  }

  void offer(Transfer transfer) {
    Rpc.Id id = nextId.get();
    // Before it leaves: the answer may be there at once.
    offers.put(id, transfer.id());
    out.accept(
        transfer.isUpload()
            ? new Rpc.Request(id, Methods.TRANSFER_WRITE, write(transfer).toJson())
            : new Rpc.Request(id, Methods.TRANSFER_READ, read(transfer).toJson()));
  }

  private static TransferRead read(Transfer transfer) {
    return new TransferRead(transfer.id().value(), transfer.path());
  }

  private static TransferWrite write(Transfer transfer) {
    return new TransferWrite(
        transfer.id().value(),
        transfer.path(),
        transfer.size().orElseThrow(),
        transfer.checksum().orElseThrow().text(),
        transfer.mode());
  }

  void cancel(TransferId id) {
    out.accept(
        new Rpc.Request(
            nextId.get(), Methods.TRANSFER_CANCEL, new TransferCancel(id.value()).toJson()));
  }

  /// The device is at it, or has heard that it need not be.
  void taken(Rpc.Id id) {
    offers.remove(id);
  }

  void refused(Rpc.Failure failure) {
    failure
        .id()
        .flatMap(id -> Optional.ofNullable(offers.remove(id)))
        .ifPresent(transfer ->
            handovers.ifPresent(present ->
                present.refused(
                    device,
                    transfer,
                    why(failure.error()),
                    failure.error().code() == RpcError.BUSY)));
  }

  private static String why(RpcError error) {
    String message = Names.reported(error.message(), MAX_MESSAGE);
    return switch (error.code()) {
      case RpcError.METHOD_NOT_FOUND -> "the device's agent is too old for transfers of files";
      case RpcError.DENIED -> "denied by the device's policy: " + message;
      default -> message.isEmpty() ? "refused by the device" : message;
    };
  }
}
