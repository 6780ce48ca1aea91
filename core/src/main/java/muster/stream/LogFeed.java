package muster.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.RandomIds;

/// One log of one device as it comes in, over one link. Shared.
final class LogFeed implements StreamLink.Inlet {
  final DeviceId device;
  final StreamLink link;
  final LogRequest request;
  final LogRing ring = new LogRing();
  final String id = RandomIds.next("log");

  /// How many watch it; guarded by the map of feeds.
  int viewers;

  private final LogFormat format;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final CompletableFuture<Optional<Fault>> answer = new CompletableFuture<>();

  LogFeed(DeviceId device, StreamLink link, LogRequest request, LogFormat format) {
    this.device = device;
    this.link = link;
    this.request = request;
    this.format = format;
  }

  /// Whether a newcomer over that link finds in it what was asked for.
  boolean serves(StreamLink current, LogRequest wanted) {
    int history = request.after().isPresent() ? 0 : request.tail();
    return link == current
        && !ring.isOver()
        && (wanted.after().isPresent()
            || wanted.tail() <= history
            || wanted.tail() <= ring.next() - ring.tail(LogRequest.MAX_TAIL));
  }

  /// Returns when the device is at it; the first one to call this has it asked.
  ///
  /// @throws Fault FAILED_PRECONDITION when the device refuses, UNAVAILABLE when it does not answer
  void begin() throws InterruptedException {
    if (asked.compareAndSet(false, true)) {
      link.follow(id, request, this);
    }
    try {
      Optional<Fault> refusal = answer.get(StreamLink.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (refusal.isPresent()) {
        throw refusal.get();
      }
    } catch (TimeoutException | ExecutionException e) {
      throw new Fault(FaultCode.UNAVAILABLE, "the device did not answer");
    }
  }

  @Override
  public void accepted() {
    answer.complete(Optional.empty());
  }

  @Override
  public void refused(Fault why) {
    answer.complete(Optional.of(why));
    ring.end(why.getMessage());
  }

  @Override
  public void lines(List<LogLine> lines, boolean gap, boolean caughtUp) {
    List<LogRing.Event> events = new ArrayList<>(lines.size() + 1);
    if (gap) {
      events.add(new LogRing.Event("", format.gap(OptionalLong.empty())));
    }
    for (LogLine line : lines) {
      events.add(new LogRing.Event(line.cursor(), format.line(line)));
    }
    ring.add(events, caughtUp);
  }

  @Override
  public void ended(String why) {
    answer.complete(Optional.of(new Fault(FaultCode.UNAVAILABLE, why)));
    ring.end(why);
  }
}
