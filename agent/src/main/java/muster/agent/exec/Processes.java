package muster.agent.exec;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.agent.journal.ProcessMark;
import muster.agent.tool.BashCommand;
import muster.agent.tool.Job;

/// Commands as processes of this host, and jobs of the agent itself, each watched by a thread of
/// its own. Thread-safe.
public final class Processes implements Launcher {
  private final Host host;
  private final AtomicInteger workers = new AtomicInteger();

  public Processes(Host host) {
    this.host = host;
  }

  @Override
  public Running start(Order order, Spool spool, Observer observer) {
    if (order.task() instanceof BashCommand command) {
      return watched(new Execution(order, command, spool, host, observer));
    }
    return start(order, (Job) order.task(), spool, observer);
  }

  Running start(Order order, Job job, Spool spool, Observer observer) {
    workers.incrementAndGet();
    return watched(
        new JobExecution(order, job, spool, host, observer, () -> workers.decrementAndGet()));
  }

  @Override
  public int workers() {
    return workers.get();
  }

  private static <T extends Runnable & Running> T watched(T execution) {
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
