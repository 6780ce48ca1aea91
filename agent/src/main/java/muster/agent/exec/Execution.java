package muster.agent.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.tool.BashCommand;
import muster.wire.Channel;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// One command from its start to its end, on a thread of its own. Its output ends up on the spool
/// before its end is told.
final class Execution implements Processes.Watched {
  /// Between TERM and KILL.
  static final Duration GRACE = Duration.ofSeconds(5);

  /// How long output of children is still read after the command itself has ended.
  static final Duration DRAIN = Duration.ofSeconds(1);

  private static final Duration POLL = Duration.ofMillis(25);

  private record End(ToolStatus status, OptionalInt exitCode, Optional<String> error) {}

  private final ToolExecute request;
  private final long timeoutSeconds;
  private final BashCommand command;
  private final Workspace workspace;
  private final Host host;
  private final Policy policy;
  private final Threads threads;
  private final Launcher.Observer observer;
  private final SpoolSink sink;
  private final Output output;
  private final CompletableFuture<ToolStatus> stop = new CompletableFuture<>();

  Execution(
      Order order,
      BashCommand command,
      Spool spool,
      Host host,
      Threads threads,
      Launcher.Observer observer) {
    request = order.request();
    timeoutSeconds = order.timeoutSeconds();
    policy = order.policy();
    this.command = command;
    this.host = host;
    this.threads = threads;
    this.observer = observer;
    workspace = Workspace.of(host.spool(), request.executionId());
    sink =
        new SpoolSink(request.executionId(), request.attempt(), spool, observer::grown, host.log());
    output = new Output(sink, HeadTail.HEAD, host.timer(), System::nanoTime);
  }

  @Override
  public void stop(ToolStatus why) {
    stop.complete(why);
  }

  @Override
  public void run() {
    long began = System.nanoTime();
    End end;
    try (workspace) {
      end = execute();
    } catch (DeniedException e) {
      end = failed("denied by the device's policy: " + Log.reason(e));
    } catch (InterruptedException e) {
      end = new End(ToolStatus.INTERRUPTED, OptionalInt.empty(), Optional.of("agent stopped"));
    } catch (Throwable e) {
      // An Error too, as when the host gives no more threads: its end must be told.
      end = failed(Log.reason(e));
    }
    tell(end, began);
  }

  @Override
  public void unstarted(Throwable why) {
    tell(failed(Log.reason(why)), System.nanoTime());
  }

  private static End failed(String why) {
    return new End(ToolStatus.FAILED, OptionalInt.empty(), Optional.of(why));
  }

  private void tell(End end, long began) {
    output.end();
    observer.ended(
        new ToolResult(
            request.executionId(),
            request.attempt(),
            end.status(),
            end.exitCode(),
            end.error(),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
            output.truncated() || sink.failed()));
  }

  private End execute() throws IOException, InterruptedException {
    checkStartable();
    List<Pipe> pipes = Pipe.create(workspace.stdout(), workspace.stderr());
    try (Pipe stdout = pipes.get(0);
        Pipe stderr = pipes.get(1)) {
      if (stop.isDone()) {
        return new End(stop.join(), OptionalInt.empty(), Optional.of("stopped before it started"));
      }
      return watch(
          Launch.start(command, directory(), workspace, host, stdout, stderr), stdout, stderr);
    }
  }

  /// Until it has ended. Nothing of it goes on that nobody watches.
  private End watch(Process process, Pipe stdout, Pipe stderr) throws InterruptedException {
    ProcessSession session = new ProcessSession(process.pid());
    try {
      Thread out = read(stdout, Channel.STDOUT);
      Thread err = read(stderr, Channel.STDERR);
      session.mark(host.bootId()).ifPresent(observer::running);
      Optional<ToolStatus> stopped = await(process);
      if (stopped.isPresent()) {
        end(session, process);
      }
      drain(out, err);
      return result(process, stopped);
    } finally {
      if (process.isAlive()) {
        session.kill();
      }
    }
  }

  /// The launch script could only say it on stderr.
  private void checkStartable() throws IOException {
    String program = command.argv().get(0);
    Optional<String> path =
        Optional.ofNullable(command.env().get("PATH"))
            .or(() -> Optional.ofNullable(System.getenv("PATH")));
    String found =
        Programs.find(program, path, directory())
            .orElseThrow(() -> new IOException(program + ": not found or not executable"));
    policy.requireFound(program, found);
    try {
      if (!Files.isDirectory(Path.of(directory()))) {
        throw new IOException(directory() + ": no such directory");
      }
    } catch (InvalidPathException e) {
      // The locale cannot spell it; the shell can, and exits with 126 when it is not there.
    }
  }

  private String directory() {
    return command.cwd().orElse(host.home().toString());
  }

  private Thread read(Pipe pipe, Channel channel) {
    return threads.start(
        "reader",
        () -> {
          byte[] buffer = new byte[ToolOutput.MAX_BYTES];
          try {
            for (int n = pipe.read(buffer); n >= 0; n = pipe.read(buffer)) {
              output.write(channel, buffer, n);
            }
          } catch (IOException e) {
            host.log().warn(request.executionId() + ": " + channel + ": " + Log.reason(e));
          }
        });
  }

  /// Waits for its end, its time-out or a reason to stop; empty when it ended by itself.
  private Optional<ToolStatus> await(Process process) throws InterruptedException {
    try {
      CompletableFuture.anyOf(process.onExit(), stop).get(timeoutSeconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      stop.complete(ToolStatus.TIMED_OUT);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return process.isAlive() ? Optional.of(stop.join()) : Optional.empty();
  }

  /// TERM to the session, and KILL to what is left of it after the grace.
  private static void end(ProcessSession session, Process process) throws InterruptedException {
    session.terminate();
    long began = System.nanoTime();
    long spent = 0;
    while ((process.isAlive() || session.alive()) && spent < 2 * GRACE.toNanos()) {
      if (spent > GRACE.toNanos()) {
        session.kill();
      }
      // The end of the first process is an event, that of the others has to be looked for.
      if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
      }
      spent = System.nanoTime() - began;
    }
  }

  private static void drain(Thread out, Thread err) throws InterruptedException {
    long deadline = System.nanoTime() + DRAIN.toNanos();
    for (Thread reader : List.of(out, err)) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      reader.join(Math.max(1, left));
    }
  }

  private End result(Process process, Optional<ToolStatus> stopped) {
    OptionalInt exitCode =
        process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    Optional<String> error = Optional.empty();
    if (process.isAlive()) {
      error = Optional.of("the process does not die");
    } else if (stopped.equals(Optional.of(ToolStatus.TIMED_OUT))) {
      error = Optional.of("timed out after " + timeoutSeconds + " s");
    } else if (stopped.equals(Optional.of(ToolStatus.INTERRUPTED))) {
      error = Optional.of("agent stopped");
    }
    return new End(stopped.orElse(ToolStatus.COMPLETED), exitCode, error);
  }
}
