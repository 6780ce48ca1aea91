package muster.api.fleetd;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import muster.fleetd.v1.StreamEventsResponse;
import muster.stream.EventOutlet;
import muster.stream.Happening;

/// Events onto the stream of one call. Sending blocks while the caller does not read.
final class EventSink implements EventOutlet {
  /// Instead of a kind.
  static final String GAP = "gap";

  private final ServerCallStreamObserver<StreamEventsResponse> out;

  EventSink(ServerCallStreamObserver<StreamEventsResponse> out) {
    this.out = out;
  }

  @Override
  public boolean isOpen() {
    return !out.isCancelled();
  }

  @Override
  public void onLeave(Runnable task) {
    Context.current().addListener(context -> task.run(), Runnable::run);
  }

  @Override
  public void happened(Happening happening) {
    out.onNext(
        StreamEventsResponse.newBuilder()
            .setEvent(happening.kind().word())
            .setTimestamp(Times.of(happening.at()))
            .setDeviceId(happening.device().value())
            .putAllData(happening.data())
            .setId(happening.id())
            .build());
  }

  @Override
  public void missed(long after, long from) {
    out.onNext(StreamEventsResponse.newBuilder().setEvent(GAP).setId(from).build());
  }
}
