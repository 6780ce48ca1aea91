package muster.agent.exec;

import java.util.Optional;
import muster.agent.journal.ProcessMark;
import muster.wire.ToolExecute;

/// Commands as processes of this host, each watched by a thread of its own.
public record Processes(Host host) implements Launcher {
  @Override
  public Running start(ToolExecute request, BashCommand command, Spool spool, Observer observer) {
    Execution execution = new Execution(request, command, spool, host, observer);
    Thread thread = new Thread(execution, "execution");
    thread.setDaemon(true);
    thread.start();
    return execution;
  }

  /// With the same pid, start time and boot it is the same process, so its group is its group.
  @Override
  public boolean kill(ProcessMark mark) {
    boolean same =
        host.bootId().equals(Optional.of(mark.bootId()))
            && ProcTable.startTicks(mark.pid()).equals(Optional.of(mark.startTicks()));
    if (same) {
      new ProcessGroup(mark.pid()).signal("KILL");
    }
    return same;
  }
}
