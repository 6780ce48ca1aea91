package muster.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The latest events of one log, numbered, for any number of readers at different places: what is
/// pushed out, who has not read it has missed. Shared; the lock is this object, held for moving
/// references only.
final class LogRing {
  private static final int MOST_EVENTS = 2000;
  private static final int MOST_BYTES = 1 << 20;

  /// @param cursor empty for what is no line
  record Event(String cursor, byte[] bytes) {}

  /// What a reader takes at once.
  ///
  /// @param next where it goes on
  /// @param missed how many events were pushed out before it came to them
  /// @param ended why nothing comes behind these
  record Piece(long next, long missed, List<byte[]> events, Optional<String> ended) {}

  private final Event[] events = new Event[MOST_EVENTS];
  private long first;
  private long next;
  private long bytes;
  private boolean caughtUp;
  private Optional<String> end = Optional.empty();

  synchronized void add(List<Event> fresh, boolean completesHistory) {
    for (Event event : fresh) {
      if (next - first == MOST_EVENTS) {
        dropFirst();
      }
      events[slot(next)] = event;
      next++;
      bytes += event.bytes().length;
      while (bytes > MOST_BYTES && next - first > 1) {
        dropFirst();
      }
    }
    caughtUp |= completesHistory;
    notifyAll();
  }

  private void dropFirst() {
    bytes -= events[slot(first)].bytes().length;
    first++;
  }

  private static int slot(long number) {
    return (int) (number % MOST_EVENTS);
  }

  /// The first reason counts.
  synchronized void end(String why) {
    if (end.isEmpty()) {
      end = Optional.of(why);
    }
    notifyAll();
  }

  synchronized boolean isOver() {
    return end.isPresent();
  }

  /// Whether the history is complete, or nothing more comes anyway; waits for that.
  synchronized boolean awaitHistory(long millis) throws InterruptedException {
    if (!caughtUp && end.isEmpty()) {
      wait(millis);
    }
    return caughtUp || end.isPresent();
  }

  /// Where the last events begin, `count` of them at most.
  synchronized long tail(int count) {
    return Math.max(first, next - count);
  }

  /// Where the next event will stand.
  synchronized long next() {
    return next;
  }

  /// Where it goes on behind that cursor. Of two of that name the later one: that is what the
  /// reader has seen.
  synchronized OptionalLong behind(String cursor) {
    for (long i = next - 1; i >= first; i--) {
      if (events[slot(i)].cursor().equals(cursor)) {
        return OptionalLong.of(i + 1);
      }
    }
    return OptionalLong.empty();
  }

  /// What stands at a place, some 64 KiB at most; waits for it when nothing does.
  synchronized Piece take(long from, long millis) throws InterruptedException {
    if (from >= next && end.isEmpty()) {
      wait(millis);
    }
    long begin = Math.max(from, first);
    List<byte[]> taken = new ArrayList<>();
    long at = begin;
    for (long size = 0; at < next && size < 64 * 1024; at++) {
      byte[] event = events[slot(at)].bytes();
      taken.add(event);
      size += event.length;
    }
    return new Piece(at, begin - from, taken, at == next ? end : Optional.empty());
  }
}
