package muster.agent.exec;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import muster.agent.tool.Utf8;
import muster.wire.Channel;

/// Limits a command's output to its first MiB and its last 64 KiB, over both streams together. What
/// comes after the head waits in memory until the end is known. Not for use by several threads.
final class HeadTail {
  static final int HEAD = 1024 * 1024;
  static final int TAIL = 64 * 1024;

  /// Takes what is to be told, in order.
  interface Sink {
    void chunk(Channel channel, byte[] bytes);

    /// @param bytes that are left out here, 1 or more
    void gap(Channel channel, long bytes);
  }

  private record Piece(Channel channel, byte[] bytes) {}

  private final Sink sink;
  private final Deque<Piece> tail = new ArrayDeque<>();
  private int headLeft;
  private int tailBytes;
  private long dropped;

  /// @param head usually [#HEAD]
  HeadTail(Sink sink, int head) {
    this.sink = sink;
    headLeft = head;
  }

  /// @param bytes kept, not copied
  void add(Channel channel, byte[] bytes) {
    if (headLeft >= bytes.length) {
      headLeft -= bytes.length;
      sink.chunk(channel, bytes);
      return;
    }
    int fits = headLeft - Utf8.incomplete(bytes, headLeft);
    headLeft = 0;
    if (fits > 0) {
      sink.chunk(channel, Arrays.copyOf(bytes, fits));
    }
    tail.add(new Piece(channel, Arrays.copyOfRange(bytes, fits, bytes.length)));
    tailBytes += bytes.length - fits;
    while (tailBytes > TAIL) {
      shorten(tailBytes - TAIL);
    }
  }

  /// Tells the gap and the tail. Nothing may be added afterwards.
  void end() {
    if (dropped > 0 && !tail.isEmpty()) {
      // Not in the middle of a character.
      shorten(Utf8.continued(tail.element().bytes()));
    }
    if (dropped > 0) {
      Piece next = tail.peek();
      sink.gap(next == null ? Channel.STDOUT : next.channel(), dropped);
    }
    tail.forEach(piece -> sink.chunk(piece.channel(), piece.bytes()));
    tail.clear();
  }

  boolean truncated() {
    return dropped > 0;
  }

  /// Drops up to so many bytes from the first piece of the tail.
  private void shorten(int bytes) {
    Piece first = tail.remove();
    int cut = Math.min(bytes, first.bytes().length);
    if (cut < first.bytes().length) {
      byte[] rest = Arrays.copyOfRange(first.bytes(), cut, first.bytes().length);
      tail.addFirst(new Piece(first.channel(), rest));
    }
    tailBytes -= cut;
    dropped += cut;
  }
}
