package muster.agent.update;

import java.io.IOException;
import java.util.Locale;

/// Why an installation failed, in a word that programs know.
enum Reason {
  BUSY,
  WRONG_PLATFORM,
  UNREACHABLE,
  HTTP_STATUS,
  TOO_LONG,
  STALLED,
  DISK_FULL,
  CHECKSUM_MISMATCH,
  UNSIGNED,
  WRONG_SIGNATURE,
  UNTRUSTED_KEY,
  BAD_ARCHIVE,
  ARCHIVE_TOO_LARGE,
  TARGET_TAKEN,
  UNSUPPORTED,
  DENIED,
  INSTALL_FAILED,
  HANDOVER_FAILED,
  RESTART_FAILED,
  HEALTH_CHECK_FAILED,
  NO_PREVIOUS,
  INTERRUPTED,
  IO;

  /// No exception of the JDK's says it but in words.
  static Reason of(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left") || message.contains("quota exceeded") ? DISK_FULL : IO;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
