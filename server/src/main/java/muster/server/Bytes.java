package muster.server;

import java.util.Locale;

/// Sizes as people read them.
final class Bytes {
  private Bytes() {}

  static String text(long bytes) {
    return bytes < 1 << 20
        ? (bytes + 1023) / 1024 + " KiB"
        : bytes < 10L << 30
            ? String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0)
            : String.format(Locale.ROOT, "%.1f GiB", bytes / 1073741824.0);
  }
}
