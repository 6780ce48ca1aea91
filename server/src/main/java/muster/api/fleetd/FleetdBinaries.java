package muster.api.fleetd;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import muster.auth.Caller;
import muster.binary.Binaries;
import muster.binary.Binary;
import muster.fault.Fault;
import muster.fleetd.v1.BinaryServiceGrpc;
import muster.fleetd.v1.DownloadBinaryRequest;
import muster.fleetd.v1.DownloadBinaryResponse;
import muster.fleetd.v1.UploadBinaryRequest;
import muster.fleetd.v1.UploadBinaryResponse;
import muster.id.BinaryId;

/// fleetd's BinaryService (F103, F104). Faults are thrown; [RpcGate] words them.
public final class FleetdBinaries extends BinaryServiceGrpc.BinaryServiceImplBase {
  private static final int USUAL_CHUNK = 1 << 20;
  private static final int LEAST_CHUNK = 64 << 10;

  private final Binaries binaries;

  public FleetdBinaries(Binaries binaries) {
    this.binaries = binaries;
  }

  @Override
  public StreamObserver<UploadBinaryRequest> uploadBinary(
      StreamObserver<UploadBinaryResponse> out) {
    return new UploadSource(binaries, Callers.current(), out);
  }

  /// Sending blocks while the caller does not read, so that little more than a chunk waits for it.
  @Override
  public void downloadBinary(
      DownloadBinaryRequest request, StreamObserver<DownloadBinaryResponse> out) {
    Caller caller = Callers.current();
    Binary binary = binaries.open(caller, id(request.getBinaryId()));
    long offset = request.getOffset();
    if (offset < 0 || offset > binary.size()) {
      throw Fault.invalid("offset", offset, "0..%d".formatted(binary.size()));
    }
    int chunk = chunkSize(request.getChunkSize());
    ServerCallStreamObserver<DownloadBinaryResponse> call =
        (ServerCallStreamObserver<DownloadBinaryResponse>) out;
    call.setMessageCompression(false); // of what mostly is compressed already
    out.onNext(BinaryMessages.beginning(binary, offset));
    binaries.write(
        caller,
        binary,
        offset,
        binary.size() - offset,
        chunk,
        piece -> {
          if (call.isCancelled()) {
            throw Status.CANCELLED.asRuntimeException();
          }
          out.onNext(BinaryMessages.chunk(piece));
        });
    out.onCompleted();
  }

  private static BinaryId id(String text) {
    if (text.isEmpty()) {
      throw Fault.invalid("binary_id", text, "a binary's id");
    }
    return BinaryId.of(text).orElseThrow(() -> Fault.notFound("binary", text));
  }

  private static int chunkSize(long asked) {
    if (asked < 0) {
      throw Fault.invalid("chunk_size", asked, "0 or more");
    }
    return asked == 0 ? USUAL_CHUNK : (int) Math.clamp(asked, LEAST_CHUNK, UploadSource.MAX_CHUNK);
  }
}
