package muster.agent.logs;

import java.nio.charset.StandardCharsets;
import muster.agent.tool.Utf8;
import muster.wire.LogLines;

/// Bytes of a line as they are sent: never more than [LogLines#MAX_LINE], nor more of them than
/// JSON spells in [#MAX_SPELLED] bytes.
final class LineText {
  /// Of the bytes of a frame, so that a line always has room in one.
  static final int MAX_SPELLED = 48 * 1024;

  /// What JSON takes six bytes for, such as a control character, is at least one byte.
  private static final int LONGEST_SPELLING = 6;

  private LineText() {}

  /// @param head the beginning of the line, or all of it
  /// @param length of the head
  /// @param total how many bytes the line has
  static LogLines.Line line(String cursor, byte[] head, int length, long total) {
    int kept = Math.min(length, LogLines.MAX_LINE);
    if (kept < total) {
      kept -= Utf8.incomplete(head, kept);
    }
    String text = text(head, kept);
    if (spelled(text) > MAX_SPELLED) {
      kept = MAX_SPELLED / LONGEST_SPELLING;
      kept -= Utf8.incomplete(head, kept);
      text = text(head, kept);
    }
    return new LogLines.Line(cursor, text, total - kept);
  }

  private static String text(byte[] bytes, int length) {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /// How many bytes JSON takes for it.
  static int spelled(String text) {
    int size = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') {
        size += 2;
      } else if (c >= ' ' && c < 0x7f) {
        size++;
      } else if (c > 0x9f && c < 0x800) {
        size += 2;
      } else if (c > 0x9f && c != 0x2028 && c != 0x2029) {
        // Two of these make a character of four bytes, or are escaped one by one: never here, as
        // text that was decoded has no half of one.
        size += Character.isSurrogate(c) ? 2 : 3;
      } else {
        size += LONGEST_SPELLING;
      }
    }
    return size;
  }
}
