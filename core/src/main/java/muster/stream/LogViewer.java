package muster.stream;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One who watches a log. [#run] once, on the thread of the request.
public final class LogViewer {
  private static final long LOOK_MILLIS = 1_000;
  private static final long IDLE_NANOS = Duration.ofSeconds(15).toNanos();
  private static final long HISTORY_NANOS = Duration.ofSeconds(10).toNanos();

  private final LogFeed feed;
  private final LogRequest request;
  private final LogFormat format;
  private final ViewRight right;
  private final Runnable left;

  /// @param left called when it watches no more, perhaps twice
  LogViewer(LogFeed feed, LogRequest request, LogFormat format, ViewRight right, Runnable left) {
    this.feed = feed;
    this.request = request;
    this.format = format;
    this.right = right;
    this.left = left;
  }

  /// Writes what the viewer is told, until the log has ended, the viewer has left or its right is
  /// gone.
  public void run(LogOutlet out) throws InterruptedException {
    try {
      out.onLeave(left);
      out.write(format.opening());
      Optional<String> lost = awaitHistory(out);
      Optional<String> why = lost.isPresent() ? lost : watch(out);
      why.ifPresent(reason -> out.write(format.ended(reason)));
    } finally {
      left.run();
    }
  }

  /// Who goes on behind a line needs no history.
  private Optional<String> awaitHistory(LogOutlet out) throws InterruptedException {
    long began = System.nanoTime();
    while ((request.after().isEmpty() || !request.follows())
        && !feed.ring.awaitHistory(LOOK_MILLIS)
        && System.nanoTime() - began < HISTORY_NANOS
        && out.isOpen()) {
      Optional<String> lost = right.lost();
      if (lost.isPresent()) {
        return lost;
      }
    }
    return Optional.empty();
  }

  /// Why it ended; empty when all was told that was wanted.
  private Optional<String> watch(LogOutlet out) throws InterruptedException {
    long at = begin(out);
    long end = request.follows() ? Long.MAX_VALUE : feed.ring.next();
    long toldNanos = System.nanoTime();
    while (at < end && out.isOpen()) {
      LogRing.Piece piece = feed.ring.take(at, LOOK_MILLIS);
      if (piece.missed() > 0) {
        out.write(format.gap(OptionalLong.of(piece.missed())));
      }
      if (!piece.events().isEmpty()) {
        out.write(joined(piece.events()));
        toldNanos = System.nanoTime();
      } else if (System.nanoTime() - toldNanos >= IDLE_NANOS) {
        out.write(format.idle());
        toldNanos = System.nanoTime();
      }
      at = piece.next();
      Optional<String> why = piece.ended().or(right::lost);
      if (why.isPresent()) {
        return why;
      }
    }
    return Optional.empty();
  }

  private long begin(LogOutlet out) {
    if (request.after().isEmpty()) {
      return feed.ring.tail(request.tail());
    }
    if (feed.request.after().equals(request.after())) {
      return 0;
    }
    OptionalLong behind = feed.ring.behind(request.after().get());
    if (behind.isEmpty()) {
      out.write(format.gap(OptionalLong.empty()));
    }
    return behind.orElse(feed.ring.tail(Integer.MAX_VALUE));
  }

  private static byte[] joined(List<byte[]> events) {
    if (events.size() == 1) {
      return events.getFirst();
    }
    byte[] all = new byte[events.stream().mapToInt(event -> event.length).sum()];
    int at = 0;
    for (byte[] event : events) {
      System.arraycopy(event, 0, all, at, event.length);
      at += event.length;
    }
    return all;
  }
}
