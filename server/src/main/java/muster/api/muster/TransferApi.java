package muster.api.muster;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
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
import muster.transfer.FileRequest;
import muster.transfer.Transfer;
import muster.transfer.Transfers;
import org.jspecify.annotations.Nullable;

/// Files to devices and from them.
public final class TransferApi {
  /// How long a GET may wait for the end; below the 10 s that any request has.
  private static final int MAX_WAIT_SECONDS = 5;

  private final Transfers transfers;

  public TransferApi(Transfers transfers) {
    this.transfers = transfers;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
            .putFile("/v1/devices/{id}/files", this::upload)
            .post("/v1/devices/{id}/transfers", this::download)
            .getAndWait("/v1/transfers/{transfer}", this::get)
            .stream("/v1/transfers/{transfer}/content", this::content)
            .delete("/v1/transfers/{transfer}", this::delete)
            .list();
  }

  /// @param sizeBytes absent until the device has said it
  record TransferJson(
      String id,
      String deviceId,
      String direction,
      String path,
      @Nullable String mode,
      String status,
      @Nullable Long sizeBytes,
      long bytesDone,
      @Nullable String checksum,
      @Nullable String error,
      String requestedBy,
      String createdAt,
      String expiresAt,
      @Nullable String finishedAt) {}

  private Reply upload(Call call) {
    String path =
        call.query("path").orElseThrow(() -> Fault.invalid("path", "nothing", "a file's path"));
    FileRequest file =
        new FileRequest(
            path,
            call.query("mode"),
            call.bodyLength(),
            call.header("repr-digest").flatMap(text -> Checksum.ofHeader("Repr-Digest", text)));
    return Reply.json(
        HttpStatus.CREATED,
        json(transfers.upload(call.caller(), call.deviceId(), file, call.body())));
  }

  private Reply download(Call call) {
    JsonBody body = call.json().only("direction", "path");
    String direction = body.text("direction");
    if (!direction.equals(Transfer.Direction.DOWNLOAD.word())) {
      throw Fault.invalid(
          "direction", direction, "download; for the other one PUT the file to …/files?path=");
    }
    return Reply.json(
        HttpStatus.CREATED,
        json(transfers.download(call.caller(), call.deviceId(), body.text("path"))));
  }

  private Reply get(Call call) throws InterruptedException {
    int wait = call.queryNumber("wait", 0, MAX_WAIT_SECONDS).orElse(0);
    return Reply.ok(json(transfers.await(call.caller(), id(call), Duration.ofSeconds(wait))));
  }

  private Reply content(Call call) {
    Transfer transfer = transfers.open(call.caller(), id(call));
    String name = transfer.path().substring(transfer.path().lastIndexOf('/') + 1);
    Checksum checksum = transfer.checksum().orElseThrow();
    return FileReply.of(
            call,
            transfer.size().orElseThrow(),
            checksum.hex(),
            (range, out) ->
                transfers.write(
                    call.caller(), transfer.id(), range.from(), range.count(), out::write))
        .with("repr-digest", checksum.header())
        .with("content-disposition", FileReply.disposition(name));
  }

  private Reply delete(Call call) {
    return Reply.ok(json(transfers.delete(call.caller(), id(call))));
  }

  private static TransferId id(Call call) {
    String text = call.path("transfer");
    return TransferId.of(text).orElseThrow(() -> Fault.notFound("transfer", text));
  }

  private static TransferJson json(Transfer transfer) {
    return new TransferJson(
        transfer.id().value(),
        transfer.device().value(),
        transfer.direction().word(),
        transfer.path(),
        transfer.mode().orElse(null),
        transfer.status().word(),
        transfer.size().orElse(null),
        transfer.bytesDone(),
        transfer.checksum().map(Checksum::text).orElse(null),
        transfer.error().orElse(null),
        transfer.requestedBy(),
        Reply.time(transfer.createdAt()),
        Reply.time(transfer.expiresAt()),
        transfer.finishedAt().map(Reply::time).orElse(null));
  }
}
