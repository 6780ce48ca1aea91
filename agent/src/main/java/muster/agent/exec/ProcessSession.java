package muster.agent.exec;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import muster.agent.journal.ProcessMark;

/// A session that was made for a command, or for a shell on its terminal: its id is the pid of its
/// first process. Shells make process groups in it, so that one group is not all.
///
/// @param id 2 or more
public record ProcessSession(long id) {
  /// What is killed may be making more of its kind.
  private static final int ROUNDS = 3;

  public ProcessSession {
    if (id < 2) {
      throw new IllegalArgumentException(id + ": no session of a command");
    }
  }

  /// What tells the session's first process from all others; empty when it is gone.
  ///
  /// @param bootId of this host; empty when unknown
  public Optional<ProcessMark> mark(Optional<String> bootId) {
    return ProcTable.startTicks(id).map(ticks -> new ProcessMark(id, ticks, bootId.orElse("")));
  }

  /// The session of a process that an earlier run of the agent has started; empty when it is not
  /// certain that this very process is still there.
  ///
  /// @param bootId of this host; empty when unknown
  public static Optional<ProcessSession> of(ProcessMark mark, Optional<String> bootId) {
    return Optional.of(mark)
        .filter(known -> bootId.equals(Optional.of(known.bootId())) && known.pid() >= 2)
        .map(known -> new ProcessSession(known.pid()))
        .filter(session -> session.mark(bootId).equals(Optional.of(mark)));
  }

  /// Whether any process of it is left. False too where `/proc` cannot be read.
  public boolean alive() {
    return !ProcTable.session(id).isEmpty();
  }

  /// Asks all of it to end.
  void terminate() {
    signal(ProcessHandle::destroy);
  }

  /// Kills all of it. To be called while it is alive or its first process is.
  public void kill() {
    int round = 0;
    do {
      signal(ProcessHandle::destroyForcibly);
      round++;
    } while (alive() && round < ROUNDS);
  }

  /// In the instant before `setsid` has run there is only the first process, which then gets it.
  private void signal(Consumer<ProcessHandle> how) {
    List<Long> found = ProcTable.session(id);
    for (long pid : found.isEmpty() ? List.of(id) : found) {
      ProcessHandle.of(pid).ifPresent(how);
    }
  }
}
