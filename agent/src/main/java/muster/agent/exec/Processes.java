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
  private final Threads threads;
  private final AtomicInteger workers = new AtomicInteger();

  /// What has a thread of its own.
  interface Watched extends Runnable, Running {
    /// There is no thread for it.
    void unstarted(Throwable why);
  }

  public Processes(Host host) {
    this(host, Threads.DAEMONS);
  }

  Processes(Host host, Threads threads) {
    this.host = host;
    this.threads = threads;
  }

  @Override
  public Running start(Order order, Spool spool, Observer observer) {
    if (order.task() instanceof BashCommand command) {
      return watched(new Execution(order, command, spool, host, threads, observer));
    }
    return start(order, (Job) order.task(), spool, observer);
  }

  Running start(Order order, Job job, Spool spool, Observer observer) {
    workers.incrementAndGet();
    return watched(
        new JobExecution(
            order, job, spool, host, threads, observer, () -> workers.decrementAndGet()));
  }

  @Override
  public int workers() {
    return workers.get();
  }

  private <T extends Watched> T watched(T execution) {
    try {
      threads.start("execution", execution);
    } catch (OutOfMemoryError e) {
      execution.unstarted(e);
    }
    return execution;
  }

  @Override
  public boolean kill(ProcessMark mark) {
    Optional<ProcessSession> left = ProcessSession.of(mark, host.bootId());
    left.ifPresent(ProcessSession::kill);
    return left.isPresent();
  }
}
