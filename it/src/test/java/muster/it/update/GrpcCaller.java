package muster.it.update;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.fleetd.v1.BinaryServiceGrpc;
import muster.fleetd.v1.UploadBinaryRequest;
import muster.fleetd.v1.UploadBinaryResponse;

/// A grpc-java client, as the page's Python example is one.
final class GrpcCaller implements AutoCloseable {
  private final ManagedChannel channel;
  private final Metadata credential = new Metadata();

  GrpcCaller(URI server, String token) {
    channel =
        ManagedChannelBuilder.forAddress(server.getHost(), server.getPort()).usePlaintext().build();
    credential.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
  }

  BinaryServiceGrpc.BinaryServiceStub stub() {
    return BinaryServiceGrpc.newStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(credential));
  }

  BinaryServiceGrpc.BinaryServiceBlockingStub blocking() {
    return BinaryServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(credential));
  }

  /// An upload under way.
  Sending upload() {
    Sending sending = new Sending();
    stub().uploadBinary(sending);
    return sending;
  }

  /// One upload, whose messages go when the server takes them.
  static final class Sending
      implements ClientResponseObserver<UploadBinaryRequest, UploadBinaryResponse> {
    private final CompletableFuture<UploadBinaryResponse> answer = new CompletableFuture<>();
    private ClientCallStreamObserver<UploadBinaryRequest> out;

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadBinaryRequest> stream) {
      out = stream;
    }

    @Override
    public void onNext(UploadBinaryResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable problem) {
      answer.completeExceptionally(problem);
    }

    @Override
    public void onCompleted() {
      // The answer came before.
    }

    boolean isReady() {
      return out.isReady();
    }

    boolean isOver() {
      return answer.isDone();
    }

    /// @return this, so that it reads as the sequence it is
    Sending send(UploadBinaryRequest message) {
      if (!isOver()) {
        out.onNext(message);
      }
      return this;
    }

    void cancel() {
      out.cancel("on purpose", null);
    }

    UploadBinaryResponse end() throws Throwable {
      if (!isOver()) {
        out.onCompleted();
      }
      return answer();
    }

    UploadBinaryResponse answer() throws Throwable {
      try {
        return answer.get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw e.getCause();
      } catch (TimeoutException e) {
        throw new AssertionError("no answer", e);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow();
    channel.awaitTermination(10, TimeUnit.SECONDS);
  }
}
