package muster.remote;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import muster.auth.Caller;
import muster.id.DeviceId;
import muster.link.Elapsed;

/// A session while it lasts. Shared; `ticket` and `end` are guarded by this object, and nothing is
/// called while it is held.
final class LiveSession {
  final String id;
  final DeviceId device;
  final RemoteRequest request;
  final Caller starter;
  final Instant startedAt;
  final Set<RemoteChannel> channels = ConcurrentHashMap.newKeySet();

  private final Elapsed elapsed;
  private final long startedNanos;
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();
  private volatile long usedNanos;
  private volatile boolean used;
  private volatile Optional<Recorder> recorder = Optional.empty();
  private Optional<Ticket> ticket = Optional.empty();
  private Optional<End> end = Optional.empty();

  /// How it ended.
  private record End(int code, String why) {}

  LiveSession(
      String id,
      DeviceId device,
      RemoteRequest request,
      Caller starter,
      Instant startedAt,
      Elapsed elapsed) {
    this.id = id;
    this.device = device;
    this.request = request;
    this.starter = starter;
    this.startedAt = startedAt;
    this.elapsed = elapsed;
    this.startedNanos = elapsed.nanos();
    this.usedNanos = startedNanos;
  }

  boolean isTerminal() {
    return request.kind() == RemoteKind.TERMINAL;
  }

  /// Lets in once who shows this text within that time.
  synchronized void admit(String text, Duration within) {
    ticket = Optional.of(Ticket.of(text, elapsed.nanos() + within.toNanos()));
  }

  /// Takes the ticket, if it is this one.
  synchronized boolean spend(String text) {
    boolean fits = ticket.filter(present -> present.isFor(text, elapsed.nanos())).isPresent();
    if (fits) {
      ticket = Optional.empty();
    }
    return fits;
  }

  void recordWith(Recorder with) {
    recorder = Optional.of(with);
    if (isOver()) {
      with.close();
    }
  }

  private synchronized boolean isOver() {
    return end.isPresent();
  }

  void stopRecording() {
    recorder.ifPresent(Recorder::close);
  }

  boolean isRecorded() {
    return recorder.isPresent();
  }

  /// Somebody sits at it, or did.
  void use() {
    used = true;
    usedNanos = elapsed.nanos();
  }

  void sent(RemoteFrame frame) {
    switch (frame) {
      case RemoteFrame.Bytes data -> sent.add(data.bytes().length);
      case RemoteFrame.Resize size ->
          recorder.ifPresent(present -> present.resize(size.cols(), size.rows()));
      case RemoteFrame.Eof eof -> {}
      case RemoteFrame.Exit exit -> {}
    }
    usedNanos = elapsed.nanos();
  }

  void received(RemoteFrame frame) {
    if (frame instanceof RemoteFrame.Bytes data) {
      received.add(data.bytes().length);
      recorder.ifPresent(present -> present.output(data.bytes()));
    }
    usedNanos = elapsed.nanos();
  }

  Duration idle() {
    return Duration.ofNanos(elapsed.nanos() - usedNanos);
  }

  Duration lasted() {
    return Duration.ofNanos(elapsed.nanos() - startedNanos);
  }

  boolean wasUsed() {
    return used;
  }

  /// Marks it as over; false when it was already.
  synchronized boolean end(int code, String why) {
    boolean first = end.isEmpty();
    if (first) {
      end = Optional.of(new End(code, why));
    }
    return first;
  }

  /// Closes what was added after the end.
  void closeIfEnded(RemoteChannel channel) {
    Optional<End> over;
    synchronized (this) {
      over = end;
    }
    over.ifPresent(how -> channel.close(how.code(), how.why()));
  }

  RemoteSession snapshot() {
    return new RemoteSession(
        id,
        device,
        request.kind(),
        request.target(),
        starter.principal(),
        startedAt,
        startedAt.plusNanos(usedNanos - startedNanos),
        channels.size(),
        sent.sum(),
        received.sum(),
        isRecorded());
  }
}
