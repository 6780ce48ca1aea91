package muster.agent.logs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.zip.CRC32;
import muster.agent.policy.Policy;
import muster.agent.tool.OpenPlace;

/// A regular file that is open, and which one it is, whatever its path leads to by now.
///
/// @param name as [FileCursor#name] has it
record OpenFile(SeekableByteChannel channel, String name) implements Closeable {
  private static final int TRIES = 5;
  private static final int BLOCK = 64 * 1024;

  /// Far enough for a thousand lines of 16 KiB, of which no more is sent.
  private static final long FAR = 64L << 20;

  /// @throws muster.agent.policy.DeniedException naming the rule
  static OpenFile open(Path path, Policy policy) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, policy)) {
        String before = FileCursor.name(place.regular(path));
        SeekableByteChannel channel = place.openRegular(path);
        if (FileCursor.name(place.regular(path)).equals(before)) {
          return new OpenFile(channel, before);
        }
        channel.close();
      }
    }
    throw new IOException(path + ": exchanged while it was opened, again and again");
  }

  long size() throws IOException {
    return channel.size();
  }

  /// Reads from there; -1 at the end.
  int read(ByteBuffer into, long offset) throws IOException {
    channel.position(offset);
    return channel.read(into);
  }

  /// Whether a line of that sum ends before that place.
  boolean hasLine(long offset, long sum) throws IOException {
    if (offset == 0 || offset > size()) {
      return false;
    }
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    long end = offset - 1;
    CRC32 found = new CRC32();
    for (long at = begin(end, 0, block); at < offset; at += block.limit()) {
      fill(block, at, Math.min(offset, at + BLOCK));
      if (block.limit() == 0) {
        return false;
      }
      boolean isLast = at + block.limit() == offset;
      if (isLast && block.get(block.limit() - 1) != '\n') {
        return false;
      }
      found.update(block.array(), 0, isLast ? block.limit() - 1 : block.limit());
    }
    return found.getValue() == sum;
  }

  /// Where the last lines begin, and behind them one that has no end yet.
  long lastLines(int count) throws IOException {
    return begin(size(), count, ByteBuffer.allocate(BLOCK));
  }

  /// Where the last lines before a place begin, and behind them what has no end there.
  private long begin(long end, int count, ByteBuffer block) throws IOException {
    long begin = end;
    int found = -1;
    for (long at = end; at > 0 && end - at < FAR; at -= block.limit()) {
      fill(block, Math.max(0, at - BLOCK), at);
      if (block.limit() == 0) {
        return begin;
      }
      for (int i = block.limit() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          begin = at - block.limit() + i + 1;
          found++;
          if (found == count) {
            return begin;
          }
        }
      }
    }
    return end <= FAR ? 0 : begin;
  }

  /// Reads what stands between two places, as far as it is there.
  private void fill(ByteBuffer block, long from, long to) throws IOException {
    block.clear().limit((int) (to - from));
    while (block.hasRemaining() && read(block, from + block.position()) >= 0) {}
    block.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
