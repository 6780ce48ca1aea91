package muster.cli;

/// Text for a terminal. What devices say about themselves is hostile: an escape sequence in a host
/// name could retitle the window or hide a row.
final class Text {
  private Text() {}

  /// The text with every control and direction-changing character written out (`\n`, `\u001b`), so
  /// that it takes one line and does nothing.
  static String visible(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (harmless(c)) {
            shown.appendCodePoint(c);
          } else {
            shown.append(escaped(c));
          }
        });
    return shown.toString();
  }

  /// JSON text that is safe to show: what JSON leaves raw though a terminal obeys it (C1 controls,
  /// direction marks) is escaped. Such characters occur only inside strings, so the value stays.
  static String visibleJson(String json) {
    StringBuilder shown = new StringBuilder(json.length());
    json.codePoints()
        .forEach(c -> {
          if (c == '\n' || harmless(c)) {
            shown.appendCodePoint(c);
          } else {
            unicodeEscape(shown, c);
          }
        });
    return shown.toString();
  }

  private static boolean harmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      case Character.FORMAT -> c == 0x200D; // the joiner inside emoji
      default -> true;
    };
  }

  private static String escaped(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> unicodeEscape(new StringBuilder(), c).toString();
    };
  }

  private static StringBuilder unicodeEscape(StringBuilder to, int c) {
    for (char unit : Character.toChars(c)) {
      to.append(String.format("\\u%04x", (int) unit));
    }
    return to;
  }

  /// Columns that visible text takes.
  static int width(String text) {
    return text.codePoints().map(Text::width).sum();
  }

  private static int width(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        c >= 0x1100
            && (c <= 0x115F
                || (c >= 0x2E80 && c <= 0xA4CF)
                || (c >= 0xAC00 && c <= 0xD7A3)
                || (c >= 0xF900 && c <= 0xFAFF)
                || (c >= 0xFE30 && c <= 0xFE6F)
                || (c >= 0xFF00 && c <= 0xFF60)
                || (c >= 0xFFE0 && c <= 0xFFE6)
                || (c >= 0x1F300 && c <= 0x1FAFF)
                || (c >= 0x20000 && c <= 0x3FFFD));
    return wide ? 2 : 1;
  }

  /// At most `columns` columns, the last one `…` when something was cut.
  static String cut(String text, int columns) {
    if (width(text) <= columns) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    int left = columns - 1;
    for (int c : text.codePoints().toArray()) {
      left -= width(c);
      if (left < 0) {
        break;
      }
      kept.appendCodePoint(c);
    }
    return kept.append('…').toString();
  }

  static String pad(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - width(text)));
  }

  /// Levenshtein's edit distance.
  static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
