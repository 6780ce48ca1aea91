package muster.agent.exec;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;

/// A process group that `setsid` made: its id is the pid of its first process, and of its session.
///
/// @param id 2 or more
record ProcessGroup(long id) {
  private static final int KILL_SECONDS = 5;

  ProcessGroup {
    if (id < 2) {
      throw new IllegalArgumentException(id + ": no process group of a command");
    }
  }

  /// Sends a signal to every process of the group. In the instant before `setsid` has run there is
  /// only the process, which then gets it. Failing, as when all are gone, is silent.
  ///
  /// @param signal `TERM` or `KILL`
  void signal(String signal) {
    String script = "kill -s \"$1\" -- \"-$2\" 2>/dev/null || kill -s \"$1\" \"$2\" 2>/dev/null";
    try {
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", script, "kill", signal, Long.toString(id))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
      if (!kill.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
        kill.destroyForcibly();
      }
    } catch (IOException e) {
      // No shell to kill with: there was none to start with either.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whether any process of it is left.
  boolean alive() {
    return ProcTable.sessionAlive(id);
  }
}
