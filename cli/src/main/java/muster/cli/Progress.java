package muster.cli;

import java.time.Duration;
import java.util.Locale;

/// A line on stderr that says how far a file is; nothing where that is no terminal. For one thread
/// at a time.
final class Progress implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final int BAR = 24;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final Terminal terminal;
  private final String what;
  private final boolean shown;
  private final long beganNanos = System.nanoTime();
  private long lastNanos = beganNanos - EVERY.toNanos();
  private long first = -1;
  private boolean drawn;

  /// @param what happens, as in `to web-1`
  Progress(Terminal terminal, String what) {
    this.terminal = terminal;
    this.what = what;
    this.shown = terminal.errIsTerminal();
  }

  boolean isShown() {
    return shown;
  }

  /// @param total -1 when it is not known
  void at(long done, long total) {
    long now = System.nanoTime();
    if (first < 0) {
      first = done;
    }
    if (!shown || (now - lastNanos < EVERY.toNanos() && done != total)) {
      return;
    }
    lastNanos = now;
    drawn = true;
    double seconds = Math.max(1, now - beganNanos) / 1e9;
    terminal.err().print("\r" + line(what, done, total, (done - first) / seconds) + "\u001b[K");
    terminal.err().flush();
  }

  /// @param rate bytes a second
  static String line(String what, long done, long total, double rate) {
    StringBuilder line = new StringBuilder(Text.visible(what)).append("  ");
    if (total > 0) {
      long shown = Math.min(done, total);
      int filled = (int) (BAR * shown / total);
      line.append('[')
          .append("#".repeat(filled))
          .append("-".repeat(BAR - filled))
          .append("] ")
          .append(String.format(Locale.ROOT, "%3d%%  ", 100 * shown / total));
    }
    line.append(size(done));
    if (rate >= 1) {
      line.append("  ").append(size((long) rate)).append("/s");
      if (total > done) {
        line.append("  ").append(clock((long) ((total - done) / rate))).append(" left");
      }
    }
    return line.toString();
  }

  private static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /// `1.5 MiB`.
  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /// Leaves a clean line.
  @Override
  public void close() {
    if (drawn) {
      terminal.err().print("\r\u001b[K");
      terminal.err().flush();
    }
  }
}
