package muster.agent.link;

import java.time.Duration;

/// How a connection ended, and so when to try again.
///
/// @param kind decides how long to wait
/// @param hint the time the server named, where the kind has one; else zero
/// @param good from the answer to hello to the end; zero when there was none
/// @param detail one line for the log
record Ended(Kind kind, Duration hint, Duration good, String detail) {
  enum Kind {
    /// Back-off.
    BROKEN,

    /// The credential is refused: slow retries.
    REFUSED,

    /// Somebody has to approve or unblock the device first: not before the hint, and before twice
    /// of it.
    UNDECIDED,

    /// The server restarts: anywhere within the hint.
    RESTART,

    /// The server is busy: after the hint.
    LATER,

    /// The agent stops.
    STOPPED
  }

  static Ended broken(String detail) {
    return new Ended(Kind.BROKEN, Duration.ZERO, Duration.ZERO, detail);
  }

  static Ended refused(String detail) {
    return new Ended(Kind.REFUSED, Duration.ZERO, Duration.ZERO, detail);
  }

  static Ended later(Duration retryAfter, String detail) {
    return new Ended(Kind.LATER, retryAfter, Duration.ZERO, detail);
  }

  static Ended undecided(Duration retryAfter, String detail) {
    return new Ended(Kind.UNDECIDED, retryAfter, Duration.ZERO, detail);
  }

  static Ended restart(Duration window, String detail) {
    return new Ended(Kind.RESTART, window, Duration.ZERO, detail);
  }

  static Ended stopped() {
    return new Ended(Kind.STOPPED, Duration.ZERO, Duration.ZERO, "stopped");
  }

  Ended after(Duration goodTime) {
    return new Ended(kind, hint, goodTime, detail);
  }
}
