package muster.api.device;

import java.util.List;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.FileReply;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.TransferId;
import muster.transfer.Handovers;
import muster.transfer.Transfer;
import org.jspecify.annotations.Nullable;

/// The contents of files on their way, between devices and the server: beside the socket, so that
/// neither heartbeats nor commands ever wait behind them.
public final class DeviceTransferApi {
  private static final String ONE = "/device/transfers/{transfer}";

  private final Handovers handovers;

  public DeviceTransferApi(Handovers handovers) {
    this.handovers = handovers;
  }

  /// @param offset up to where the server has the file
  record StateJson(
      String transferId, String direction, String status, long offset, @Nullable Long size) {}

  record OffsetJson(long offset) {}

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
        .deviceStream(ONE, this::state)
        .deviceStream(ONE + "/content", this::send)
        .devicePut(ONE + "/content", this::receive)
        .devicePost(ONE + "/end", this::end)
        .list();
  }

  private Reply state(Call call) {
    Transfer transfer = handovers.own(call.caller(), id(call));
    return Reply.ok(
        new StateJson(
            transfer.id().value(),
            transfer.direction().word(),
            transfer.status().word(),
            transfer.bytesDone(),
            transfer.size().orElse(null)));
  }

  private Reply send(Call call) {
    Transfer transfer = handovers.outgoing(call.caller(), id(call));
    return FileReply.of(
        call,
        transfer.size().orElseThrow(),
        transfer.checksum().orElseThrow().hex(),
        (range, out) -> handovers.send(transfer, range.from(), range.count(), out::write));
  }

  private Reply receive(Call call) {
    Handovers.Piece piece =
        new Handovers.Piece(
            bytes(call, "offset"),
            bytes(call, "size"),
            call.header("content-digest")
                .flatMap(text -> Checksum.ofHeader("Content-Digest", text)));
    return Reply.ok(new OffsetJson(handovers.receive(call.caller(), id(call), piece, call.body())));
  }

  private static long bytes(Call call, String name) {
    return call.queryBytes(name)
        .orElseThrow(() -> Fault.invalid(name, "nothing", "a number of bytes"));
  }

  /// Unknown fields are those of agents of tomorrow.
  private Reply end(Call call) {
    JsonBody body = call.json();
    String status = body.text("status");
    switch (status) {
      case "failed" -> handovers.failed(call.caller(), id(call), body.optText("error").orElse(""));
      case "completed" -> {
        String checksum = body.text("checksum");
        handovers.completed(
            call.caller(),
            id(call),
            body.optNumber("size")
                .orElseThrow(() -> Fault.invalid("size", "nothing", "a number of bytes")),
            Checksum.parse(checksum)
                .orElseThrow(() ->
                    Fault.invalid("checksum", checksum, "sha256: and 64 hexadecimal digits")));
      }
      default -> throw Fault.invalid("status", status, "completed or failed");
    }
    return Reply.ok(new EndedJson(true));
  }

  record EndedJson(boolean ended) {}

  private static TransferId id(Call call) {
    String text = call.path("transfer");
    return TransferId.of(text).orElseThrow(() -> Fault.notFound("transfer", text));
  }
}
