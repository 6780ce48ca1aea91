package muster.stream;

import java.time.Duration;
import java.util.List;
import muster.fault.Fault;
import muster.link.Link;

/// A link over which a device can be asked for what it shows while somebody watches.
public interface StreamLink extends Link {
  /// How long an answer is waited for.
  Duration PATIENCE = Duration.ofSeconds(15);

  /// Hears of one log; calls come one at a time and must return at once.
  interface Inlet {
    /// The device is at it.
    void accepted();

    /// It is not, and nothing more comes.
    void refused(Fault why);

    /// @param gap before these, lines are missing
    /// @param caughtUp with these the history is complete
    void lines(List<LogLine> lines, boolean gap, boolean caughtUp);

    /// Nothing more comes.
    void ended(String why);
  }

  /// Asks for a log, and returns at once.
  ///
  /// @param id names it on this link
  void follow(String id, LogRequest request, Inlet inlet);

  /// Wants that log no more; the inlet hears nothing more of it.
  void unfollow(String id);

  /// From now on the device is to tell its measures that often.
  void pace(Duration interval);
}
