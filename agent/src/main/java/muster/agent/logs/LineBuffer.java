package muster.agent.logs;

import java.util.zip.CRC32;
import muster.wire.LogLines;

/// A line in the making: its beginning, and how long it is. For one thread.
final class LineBuffer {
  private static final int USUAL = 1024;

  private byte[] head = new byte[USUAL];
  private int length;
  private long total;
  private final CRC32 sum = new CRC32();

  void add(byte[] bytes, int from, int to) {
    int count = Math.min(to - from, LogLines.MAX_LINE - length);
    if (length + count > head.length) {
      byte[] larger = new byte[Math.min(LogLines.MAX_LINE, Math.max(length + count, 2 * length))];
      System.arraycopy(head, 0, larger, 0, length);
      head = larger;
    }
    System.arraycopy(bytes, from, head, length, count);
    length += count;
    total += to - from;
    sum.update(bytes, from, to - from);
  }

  /// Tells it from other lines, as far as 32 bits do.
  long sum() {
    return sum.getValue();
  }

  boolean isEmpty() {
    return total == 0;
  }

  /// The line, without the carriage return that may stand before its end; another one begins.
  ///
  /// @param cursor of the place behind it
  LogLines.Line end(String cursor) {
    boolean isCr = total == length && length > 0 && head[length - 1] == '\r';
    LogLines.Line line =
        LineText.line(cursor, head, isCr ? length - 1 : length, isCr ? total - 1 : total);
    length = 0;
    total = 0;
    sum.reset();
    return line;
  }
}
