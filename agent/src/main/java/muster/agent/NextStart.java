package muster.agent;

import org.jspecify.annotations.Nullable;

/// Whether this process is to end for another one to take its place. Thread-safe.
final class NextStart {
  private boolean asked;
  private @Nullable Runnable stop;

  /// Asks for it, which may come before there is anything to stop.
  synchronized void ask() {
    asked = true;
    if (stop != null) {
      stop.run();
    }
  }

  /// @param how ends this process in order
  synchronized void stops(Runnable how) {
    stop = how;
    if (asked) {
      how.run();
    }
  }

  synchronized boolean isAsked() {
    return asked;
  }
}
