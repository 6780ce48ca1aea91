package muster.api.fleetd;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import muster.auth.Caller;
import muster.binary.Binaries;
import muster.binary.Incoming;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.fleetd.v1.BinaryMetadata;
import muster.fleetd.v1.UploadBinaryRequest;
import muster.fleetd.v1.UploadBinaryResponse;

/// The messages of one upload, one after the other. The next is asked for when [#onNext] returns,
/// which is when the piece is written: what a caller sends faster stays in the network. Whatever
/// ends the call before its time leaves nothing.
final class UploadSource implements StreamObserver<UploadBinaryRequest> {
  static final int MAX_CHUNK = 2 << 20;

  private final Binaries binaries;
  private final Caller caller;
  private final StreamObserver<UploadBinaryResponse> out;
  private Optional<Incoming> incoming = Optional.empty();

  UploadSource(Binaries binaries, Caller caller, StreamObserver<UploadBinaryResponse> out) {
    this.binaries = binaries;
    this.caller = caller;
    this.out = out;
  }

  @Override
  public void onNext(UploadBinaryRequest message) {
    orLeaveNothing(() -> {
      switch (message.getDataCase()) {
        case METADATA -> begin(message.getMetadata());
        case CHUNK -> write(message.getChunk());
        case DATA_NOT_SET -> throw wrong("data: nothing (expected: metadata or a chunk)");
      }
    });
  }

  private void begin(BinaryMetadata metadata) {
    if (incoming.isPresent()) {
      throw wrong("metadata: a second time (expected: once and first)");
    }
    incoming =
        Optional.of(
            binaries.receive(
                caller, BinaryMessages.label(metadata), BinaryMessages.announced(metadata)));
  }

  private void write(ByteString chunk) {
    if (chunk.size() > MAX_CHUNK) {
      throw wrong("chunk: %d bytes (expected: at most %d)".formatted(chunk.size(), MAX_CHUNK));
    }
    begun().write(chunk.toByteArray(), 0, chunk.size());
  }

  private Incoming begun() {
    return incoming.orElseThrow(() -> wrong("metadata: nothing (expected: once and first)"));
  }

  private static Fault wrong(String message) {
    return new Fault(FaultCode.INVALID_ARGUMENT, message);
  }

  @Override
  public void onCompleted() {
    orLeaveNothing(() -> {
      out.onNext(BinaryMessages.uploaded(begun().end()));
      out.onCompleted();
    });
    incoming.ifPresent(Incoming::close);
  }

  /// The caller has left.
  @Override
  public void onError(Throwable why) {
    incoming.ifPresent(Incoming::close);
  }

  private void orLeaveNothing(Runnable step) {
    boolean done = false;
    try {
      step.run();
      done = true;
    } finally {
      if (!done) {
        incoming.ifPresent(Incoming::close);
      }
    }
  }
}
