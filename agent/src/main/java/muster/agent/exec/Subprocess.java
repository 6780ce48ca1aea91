package muster.agent.exec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import muster.agent.journal.ProcessMark;
import muster.agent.tool.BashCommand;
import muster.agent.tool.Printed;
import muster.agent.tool.Program;

/// A program that a job needs, in a session of its own. What it prints is kept in memory, as far as
/// there is room, and the rest is read and dropped. The thread that waits for it is interrupted
/// when it is to end.
final class Subprocess {
  private static final int MOST_OUT = 1024 * 1024;
  private static final int MOST_ERR = 64 * 1024;

  /// Between TERM and KILL; the job's own end waits little longer.
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final Duration POLL = Duration.ofMillis(25);

  private final Workspace workspace;
  private final Host host;
  private final Threads threads;
  private final Consumer<ProcessMark> running;

  /// @param running hears of each process, so that it can be found should the agent be killed
  Subprocess(Workspace workspace, Host host, Threads threads, Consumer<ProcessMark> running) {
    this.workspace = workspace;
    this.host = host;
    this.threads = threads;
    this.running = running;
  }

  Printed run(Program program) throws IOException, InterruptedException {
    String found =
        found(program)
            .orElseThrow(() -> new IOException(program.name() + " is not on this machine"));
    List<String> argv = new ArrayList<>(List.of(found));
    argv.addAll(program.args());
    BashCommand command =
        new BashCommand(
            argv,
            false,
            Optional.of(program.directory().toString()),
            program.env(),
            Optional.empty());
    List<Pipe> pipes = Pipe.create(workspace.stdout(), workspace.stderr());
    try (Pipe stdout = pipes.get(0);
        Pipe stderr = pipes.get(1)) {
      Process process =
          Launch.start(command, program.directory().toString(), workspace, host, stdout, stderr);
      ProcessSession session = new ProcessSession(process.pid());
      try {
        Kept out = new Kept(stdout, MOST_OUT);
        Kept err = new Kept(stderr, MOST_ERR);
        Thread outReader = threads.start("reader", out);
        Thread errReader = threads.start("reader", err);
        session.mark(host.bootId()).ifPresent(running);
        int exitCode = exitCode(process, program);
        outReader.join(Execution.DRAIN.toMillis());
        errReader.join(Execution.DRAIN.toMillis());
        return new Printed(
            program.name(), exitCode, out.text(), err.text(), out.truncated || err.truncated);
      } finally {
        end(process, session);
      }
    }
  }

  private Optional<String> found(Program program) {
    return program.name().indexOf('/') >= 0
        ? Programs.find(program.name(), Optional.empty(), program.directory().toString())
        : host.programs().apply(program.name());
  }

  private static int exitCode(Process process, Program program)
      throws IOException, InterruptedException {
    if (program.longest().isEmpty()) {
      return process.waitFor();
    }
    long seconds = program.longest().get().toSeconds();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IOException(program.name() + " did not end within " + seconds + " s");
    }
    return process.exitValue();
  }

  /// Nothing of it goes on once nobody waits for it, but what it left to others on purpose.
  private static void end(Process process, ProcessSession session) {
    if (!process.isAlive()) {
      return;
    }
    session.terminate();
    long deadline = System.nanoTime() + GRACE.toNanos();
    boolean interrupted = Thread.interrupted();
    while (process.isAlive() && System.nanoTime() - deadline < 0) {
      try {
        process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (process.isAlive()) {
      session.kill();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The beginning of what comes out of a pipe.
  private static final class Kept implements Runnable {
    private final Pipe pipe;
    private final int most;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile boolean truncated;

    private Kept(Pipe pipe, int most) {
      this.pipe = pipe;
      this.most = most;
    }

    @Override
    public void run() {
      byte[] buffer = new byte[8192];
      try {
        for (int read = pipe.read(buffer); read >= 0; read = pipe.read(buffer)) {
          int room = Math.min(read, most - bytes.size());
          bytes.write(buffer, 0, room);
          truncated |= room < read;
        }
      } catch (IOException e) {
        truncated = true;
      }
    }

    private String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}
