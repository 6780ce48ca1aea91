package muster.agent.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocketFactory;
import muster.agent.hash.Sha256;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.tool.Desk;
import muster.agent.tool.Job;
import muster.agent.tool.Pace;
import muster.agent.tool.Printed;
import muster.agent.tool.Program;
import muster.agent.tool.Software;
import muster.wire.Channel;
import muster.wire.Facts;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// One job from its start to its end: the work on a thread, and on this one the wait for it, for
/// its time-out or a reason to stop. Work that hears neither interruption nor the closing of what
/// it waits for, such as a file on a dead network disk, is left behind: its output counts no more,
/// and what it has not committed to it does not do. Its thread stays, and is counted by whoever
/// started it until `released` runs.
final class JobExecution implements Processes.Watched {
  /// How long work that is to stop, or cannot be stopped any more, may take to end.
  static final Duration GRACE = Duration.ofSeconds(2);

  /// The tools bound their answers themselves; a gap would make JSON worthless.
  private static final int HEAD = 4 * 1024 * 1024;

  private final Order order;
  private final Job job;
  private final Threads threads;
  private final Launcher.Observer observer;
  private final SpoolSink sink;
  private final Output output;
  private final CompletableFuture<ToolStatus> stop = new CompletableFuture<>();
  private final Workspace workspace;
  private final Bench bench;
  private final Runnable released;

  JobExecution(
      Order order,
      Job job,
      Spool spool,
      Host host,
      Threads threads,
      Launcher.Observer observer,
      Runnable released) {
    this.order = order;
    this.job = job;
    this.threads = threads;
    this.observer = observer;
    String id = order.request().executionId();
    sink = new SpoolSink(id, order.request().attempt(), spool, observer::grown, host.log());
    output = new Output(sink, HEAD, host.timer(), System::nanoTime);
    workspace = Workspace.of(host.spool(), id);
    bench =
        new Bench(
            order,
            host,
            workspace,
            output,
            new Subprocess(workspace, host, threads, observer::running));
    this.released = released;
  }

  @Override
  public void stop(ToolStatus why) {
    stop.complete(why);
  }

  @Override
  public void run() {
    long began = System.nanoTime();
    CompletableFuture<Optional<String>> work = new CompletableFuture<>();
    Thread worker;
    try {
      worker = threads.start("tool", () -> work.complete(work()));
    } catch (OutOfMemoryError e) {
      unstarted(e);
      return;
    }
    Optional<End> end = await(work, worker);
    if (end.isPresent()) {
      observer.ended(result(end.get(), began));
    } else {
      output.end();
      observer.left();
    }
  }

  @Override
  public void unstarted(Throwable why) {
    released.run();
    End end = new End(ToolStatus.FAILED, Optional.of(Log.reason(why)));
    observer.ended(result(end, System.nanoTime()));
  }

  /// What went wrong; empty when nothing did.
  private Optional<String> work() {
    try (workspace) {
      job.run(bench);
      return Optional.empty();
    } catch (DeniedException e) {
      return Optional.of("denied by the device's policy: " + Log.reason(e));
    } catch (InterruptedException e) {
      return Optional.of("stopped");
    } catch (Throwable e) {
      // An Error too: whoever waits for the end must hear of it.
      return Optional.of(Log.reason(e));
    } finally {
      released.run();
    }
  }

  private record End(ToolStatus status, Optional<String> error) {}

  /// Empty when the agent stops in the middle of what its next start goes on with.
  private Optional<End> await(CompletableFuture<Optional<String>> work, Thread worker) {
    try {
      CompletableFuture.anyOf(work, stop).get(order.timeoutSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      stop.complete(ToolStatus.TIMED_OUT);
    } catch (InterruptedException e) {
      stop.complete(ToolStatus.INTERRUPTED);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (!work.isDone() && job.isResumed() && stop.join() == ToolStatus.INTERRUPTED) {
      return Optional.empty();
    }
    if (!work.isDone() && bench.close()) {
      worker.interrupt();
      join(worker);
      return Optional.of(new End(stop.join(), stopped()));
    }
    if (job.isResumed()) {
      // Its end is the truth, and bounded by what it was asked for.
      Optional<String> problem = work.join();
      return Optional.of(ended(problem));
    }
    join(worker);
    if (!work.isDone()) {
      return Optional.of(
          new End(stop.join(), Optional.of("it was too late to stop it, and it has not ended")));
    }
    return Optional.of(ended(work.join()));
  }

  private static End ended(Optional<String> problem) {
    return new End(problem.isPresent() ? ToolStatus.FAILED : ToolStatus.COMPLETED, problem);
  }

  private Optional<String> stopped() {
    switch (stop.join()) {
      case TIMED_OUT:
        return Optional.of("timed out after " + order.timeoutSeconds() + " s");
      case INTERRUPTED:
        return Optional.of("agent stopped");
      default:
        return Optional.empty();
    }
  }

  private static void join(Thread worker) {
    try {
      worker.join(GRACE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ToolResult result(End end, long began) {
    output.end();
    return new ToolResult(
        order.request().executionId(),
        order.request().attempt(),
        end.status(),
        end.status() == ToolStatus.COMPLETED ? OptionalInt.of(0) : OptionalInt.empty(),
        end.error(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
        output.truncated() || sink.failed());
  }

  /// Where the work is done. Whoever comes first decides: the work that commits, or the end.
  private static final class Bench implements Desk {
    private final Order order;
    private final Host host;
    private final Workspace workspace;
    private final Output output;
    private final Subprocess programs;
    private final List<Closeable> resources = new ArrayList<>();
    private boolean committed;
    private boolean closed;

    private Bench(Order order, Host host, Workspace workspace, Output output, Subprocess programs) {
      this.order = order;
      this.host = host;
      this.workspace = workspace;
      this.output = output;
      this.programs = programs;
    }

    @Override
    public Policy policy() {
      return order.policy();
    }

    @Override
    public Facts facts() {
      return host.facts();
    }

    @Override
    public Pace pace() {
      return host.pace();
    }

    @Override
    public Software software() {
      return host.software();
    }

    @Override
    public String id() {
      return order.request().executionId();
    }

    @Override
    public boolean has(String program) {
      return host.programs().apply(program).isPresent();
    }

    @Override
    public Printed run(Program program) throws IOException, InterruptedException {
      return programs.run(program);
    }

    @Override
    public SSLSocketFactory tls() {
      return (SSLSocketFactory) SSLSocketFactory.getDefault();
    }

    @Override
    public String uniqueName() {
      return Sha256.shortHex(order.request().executionId());
    }

    @Override
    public void making(Path file) throws IOException {
      workspace.making(file);
    }

    @Override
    public void print(byte[] bytes) {
      for (int from = 0; from < bytes.length; from += ToolOutput.MAX_BYTES) {
        int to = Math.min(bytes.length, from + ToolOutput.MAX_BYTES);
        output.write(Channel.STDOUT, Arrays.copyOfRange(bytes, from, to), to - from);
      }
    }

    @Override
    public synchronized void commit() throws InterruptedException {
      if (closed) {
        throw new InterruptedException("stopped");
      }
      committed = true;
    }

    @Override
    public synchronized void onStop(Closeable resource) {
      if (closed) {
        close(resource);
      } else {
        resources.add(resource);
      }
    }

    /// @return false when it is too late
    private synchronized boolean close() {
      closed = !committed;
      if (closed) {
        resources.forEach(Bench::close);
      }
      return closed;
    }

    private static void close(Closeable resource) {
      try {
        resource.close();
      } catch (IOException e) {
        // It is of no use any more either way.
      }
    }
  }
}
