package muster.remote;

import java.util.Locale;

/// Lines of an asciicast file, version 2 (docs.asciinema.org/manual/asciicast/v2).
final class Asciicast {
  private Asciicast() {}

  static String header(int cols, int rows, long epochSeconds, String title) {
    return String.format(
        Locale.ROOT,
        "{\"version\":2,\"width\":%d,\"height\":%d,\"timestamp\":%d,\"title\":%s}\n",
        cols,
        rows,
        epochSeconds,
        quoted(title));
  }

  /// @param kind `o` output, `r` resize, `m` marker
  static String event(long nanos, char kind, String text) {
    return String.format(Locale.ROOT, "[%.6f,\"%c\",%s]\n", nanos / 1e9, kind, quoted(text));
  }

  /// As a JSON string.
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || Character.isSurrogate(c) && isAlone(text, i)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private static boolean isAlone(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        ? at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1))
        : at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
  }
}
