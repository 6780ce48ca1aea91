package muster.agent.exec;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import muster.agent.tool.Utf8;
import muster.wire.Channel;
import muster.wire.ToolOutput;

/// Cuts what a command writes into chunks: at most 16 KiB each, in the order of arrival over both
/// streams, no character split. The first bytes after a silence go out at once; what follows within
/// 20 ms is collected, so that a command that prints byte by byte makes 50 chunks a second and not
/// thousands. Thread-safe: both readers and the timer come in.
final class Output {
  static final Duration COLLECT = Duration.ofMillis(20);

  private final HeadTail limited;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanos;
  private final Map<Channel, Pending> pending = new EnumMap<>(Channel.class);
  private long lastChunk;
  private boolean flushPlanned;
  private boolean ended;

  private static final class Pending {
    final byte[] bytes = new byte[ToolOutput.MAX_BYTES];
    int count;
  }

  /// @param head how many bytes are told before anything may be left out
  /// @param nanos a monotonic clock
  Output(HeadTail.Sink sink, int head, ScheduledExecutorService timer, LongSupplier nanos) {
    limited = new HeadTail(sink, head);
    this.timer = timer;
    this.nanos = nanos;
    lastChunk = nanos.getAsLong() - COLLECT.toNanos();
    for (Channel channel : Channel.values()) {
      pending.put(channel, new Pending());
    }
  }

  /// Takes the first `length` bytes of a buffer. Nothing is taken after the end.
  synchronized void write(Channel channel, byte[] buffer, int length) {
    if (ended) {
      return;
    }
    Pending other = pendingOf(channel == Channel.STDOUT ? Channel.STDERR : Channel.STDOUT);
    if (other.count > 0) {
      flush(channel == Channel.STDOUT ? Channel.STDERR : Channel.STDOUT, false);
    }
    Pending mine = pendingOf(channel);
    for (int done = 0; done < length; ) {
      int step = Math.min(length - done, mine.bytes.length - mine.count);
      System.arraycopy(buffer, done, mine.bytes, mine.count, step);
      mine.count += step;
      done += step;
      if (mine.count == mine.bytes.length) {
        flush(channel, false);
      }
    }
    long wait = lastChunk + COLLECT.toNanos() - nanos.getAsLong();
    if (wait <= 0) {
      flush(channel, false);
    } else if (!flushPlanned) {
      plan(wait);
    }
  }

  /// Tells everything that is left, with the gap and the tail of a long output.
  synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    for (Channel channel : Channel.values()) {
      flush(channel, true);
    }
    limited.end();
  }

  /// Whether output was left out. Known at the end.
  synchronized boolean truncated() {
    return limited.truncated();
  }

  private synchronized void flushPlanned() {
    flushPlanned = false;
    if (!ended) {
      for (Channel channel : Channel.values()) {
        flush(channel, false);
      }
    }
  }

  private void plan(long wait) {
    try {
      timer.schedule(this::flushPlanned, wait, TimeUnit.NANOSECONDS);
      flushPlanned = true;
    } catch (RejectedExecutionException e) {
      // The agent stops; the end flushes.
    }
  }

  /// @param all also a character whose rest is missing
  private void flush(Channel channel, boolean all) {
    Pending from = pendingOf(channel);
    int keep = all ? 0 : Utf8.incomplete(from.bytes, from.count);
    int count = from.count - keep;
    if (count == 0) {
      return;
    }
    byte[] chunk = Arrays.copyOf(from.bytes, count);
    System.arraycopy(from.bytes, count, from.bytes, 0, keep);
    from.count = keep;
    lastChunk = nanos.getAsLong();
    limited.add(channel, chunk);
  }

  private Pending pendingOf(Channel channel) {
    Pending found = pending.get(channel);
    if (found == null) {
      throw new IllegalArgumentException("no such stream: " + channel);
    }
    return found;
  }
}
