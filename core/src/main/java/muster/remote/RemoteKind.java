package muster.remote;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a session is.
public enum RemoteKind {
  /// A shell on a terminal.
  TERMINAL,
  /// Connections to a port.
  TCP,
  /// As [#TCP], to a port that is 80 unless said otherwise.
  HTTP;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<RemoteKind> ofWord(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
