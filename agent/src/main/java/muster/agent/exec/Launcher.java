package muster.agent.exec;

import muster.agent.journal.ProcessMark;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// Does on the host what was ordered.
public interface Launcher {
  /// Starts it and returns at once; what becomes of it the observer hears.
  ///
  /// @param spool takes its output before its end is told
  Running start(Order order, Spool spool, Observer observer);

  /// Kills what an earlier run of the agent left running, but only when the very process that was
  /// started is still there.
  ///
  /// @return whether it was
  boolean kill(ProcessMark mark);

  /// How many jobs of the agent's own are at work, those included that outlived their end because
  /// nothing stops them.
  default int workers() {
    return 0;
  }

  /// A command that was started.
  interface Running {
    /// Asks for its end; the first reason counts, and none once it has ended by itself.
    ///
    /// @param why `CANCELLED` or `INTERRUPTED`
    void stop(ToolStatus why);
  }

  /// Hears what happens to one command, on threads of the launcher.
  interface Observer {
    void running(ProcessMark mark);

    /// More output is on the spool.
    void grown();

    /// Called exactly once, last; or [#left] is.
    void ended(ToolResult result);

    /// The agent stops in the middle of it, and its next start goes on.
    void left();
  }
}
