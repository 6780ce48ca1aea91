package muster.api.agents;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Caller;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Call;
import muster.http.FileReply;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.transfer.Transfer;
import muster.transfer.Transfers;

/// Files of agents (rows F136, F137): a transfer that the request waits for. What comes from a
/// device is complete, and its checksum right, before the first byte of the answer is sent.
public final class AgentsFiles {
  /// How long a file may take between server and device.
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /// How long a device has to say how large a file is.
  private static final Duration LOOK = Duration.ofSeconds(8);

  private final Transfers transfers;

  public AgentsFiles(Transfers transfers) {
    this.transfers = transfers;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .stream("/api/agents/{id}/files", this::download)
            .head("/api/agents/{id}/files", this::look)
            .postFile("/api/agents/{id}/files", this::upload)
            .list();
  }

  private static String path(Call call) {
    return call.query("path").orElseThrow(() -> Fault.invalid("path", "nothing", "a file's path"));
  }

  private Reply download(Call call) {
    Caller caller = call.caller();
    transfers.requireOnline(caller, call.deviceId(), Transfer.Direction.DOWNLOAD);
    Transfer done = ended(call, transfers.download(caller, call.deviceId(), path(call)));
    try {
      return file(call, transfers.open(caller, done.id()));
    } catch (RuntimeException e) {
      transfers.dropContent(caller, done.id());
      throw e;
    }
  }

  private Reply file(Call call, Transfer opened) {
    Caller caller = call.caller();
    Checksum checksum = opened.checksum().orElseThrow();
    return FileReply.of(
            call,
            opened.size().orElseThrow(),
            checksum.hex(),
            (range, out) -> {
              try {
                transfers.write(caller, opened.id(), range.from(), range.count(), out::write);
              } finally {
                transfers.dropContent(caller, opened.id());
              }
            })
        .with("repr-digest", checksum.header())
        .with("content-disposition", FileReply.disposition(name(opened.path())));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// The headers of a download, for which nothing but the file's size is fetched.
  private Reply look(Call call) {
    Caller caller = call.caller();
    transfers.requireOnline(caller, call.deviceId(), Transfer.Direction.DOWNLOAD);
    TransferId id = transfers.download(caller, call.deviceId(), path(call)).id();
    try {
      Transfer sized = call.waiting(() -> transfers.awaitSize(caller, id, LOOK));
      sized.requireNotFailed();
      long size = sized.size().orElseThrow(() -> late(sized));
      return Reply.bytes(MediaType.OCTET_STREAM, new byte[0])
          .with("content-type", MediaType.OCTET_STREAM.toString())
          .with("content-length", Long.toString(size))
          .with("accept-ranges", "bytes")
          .with("content-disposition", FileReply.disposition(name(sized.path())));
    } finally {
      transfers.delete(caller, id);
    }
  }

  /// The transfer when it has ended well; one that has not is cancelled.
  private Transfer ended(Call call, Transfer begun) {
    boolean ended = false;
    try {
      Transfer transfer = call.waiting(() -> transfers.await(call.caller(), begun.id(), PATIENCE));
      ended = transfer.status().isFinal();
      transfer.requireNotFailed();
      if (!ended) {
        throw late(transfer);
      }
      return transfer;
    } finally {
      if (!ended) {
        transfers.delete(call.caller(), begun.id());
      }
    }
  }

  private static Fault late(Transfer transfer) {
    return new Fault(
        FaultCode.UNAVAILABLE,
        "%s: the device has sent nothing of it in time".formatted(transfer.path()),
        Map.of(Fault.REASON, AgentsFaults.LATE));
  }

  /// The page leaves the answer open (F137).
  private record Uploaded(
      String status, String path, long size, String checksum, String transferId) {}

  private Reply upload(Call call) {
    DeviceId id = call.deviceId();
    transfers.requireOnline(call.caller(), id, Transfer.Direction.UPLOAD);
    Form form = Form.of(call);
    Transfer sent =
        transfers.upload(call.caller(), id, Optional.empty(), form.file(), form::destination);
    Transfer done = ended(call, sent);
    return Reply.json(
        HttpStatus.OK,
        new Uploaded(
            "ok",
            done.path(),
            done.size().orElseThrow(),
            done.checksum().orElseThrow().text(),
            done.id().value()));
  }
}
