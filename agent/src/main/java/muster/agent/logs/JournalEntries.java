package muster.agent.logs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The lines that `journalctl` prints, each an entry in JSON or a complaint. Of one that is longer
/// than [#MOST] its beginning and end are kept. For one thread.
final class JournalEntries {
  /// A message of [muster.wire.LogLines#MAX_LINE] bytes, each spelled as `255, `, and other fields.
  private static final int MOST = 128 * 1024;

  private static final int USUAL = 4096;
  private static final int END = 2048;

  private byte[] head = new byte[USUAL];
  private int length;
  private byte[] last = {};
  private long total;

  /// @param head its beginning, or all of it
  /// @param end what is known of the rest
  /// @param total how many bytes it has
  record Entry(String head, String end, long total, boolean isCut) {}

  /// More of the line.
  void add(byte[] bytes, int from, int to) {
    int keep = Math.min(to - from, MOST - length);
    if (length + keep > head.length) {
      head = Arrays.copyOf(head, Math.min(MOST, Math.max(length + keep, 2 * length)));
    }
    System.arraycopy(bytes, from, head, length, keep);
    length += keep;
    total += to - from;
    if (keep < to - from) {
      keepLast(bytes, from + keep, to);
    }
  }

  private void keepLast(byte[] bytes, int from, int to) {
    int fresh = Math.min(END, to - from);
    int old = Math.min(last.length, END - fresh);
    byte[] both = new byte[old + fresh];
    System.arraycopy(last, last.length - old, both, 0, old);
    System.arraycopy(bytes, to - fresh, both, old, fresh);
    last = both;
  }

  /// The line has ended; another one begins.
  Entry end() {
    Entry entry =
        new Entry(
            new String(head, 0, length, StandardCharsets.UTF_8),
            new String(last, StandardCharsets.UTF_8),
            total,
            total > length);
    if (head.length > USUAL * 4) {
      head = new byte[USUAL];
    }
    length = 0;
    total = 0;
    last = new byte[0];
    return entry;
  }
}
