package muster.it.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import muster.testkit.JavaProgram;

/// A program that is started again whenever it dies, each time with the next point at which to die,
/// until there is none left. Its own thread; the fields it shares are guarded by this object.
final class Mortal implements AutoCloseable {
  private final Path log;
  private final Path agentJar;
  private final List<String> program;
  private final Map<String, String> environment;
  private final List<KillPoint> points;
  private final List<Integer> exits = new CopyOnWriteArrayList<>();
  private final Thread keeper;
  private Optional<Process> process = Optional.empty();
  private boolean closed;
  private int starts;

  /// @param program a main class and its arguments
  Mortal(
      Path log,
      Path agentJar,
      List<String> program,
      Map<String, String> environment,
      List<KillPoint> points) {
    this.log = log;
    this.agentJar = agentJar;
    this.program = program;
    this.environment = environment;
    this.points = points;
    keeper = Thread.ofPlatform().daemon().name("keeper of " + program.getFirst()).start(this::keep);
  }

  private void keep() {
    try {
      for (Optional<Process> next = start(); next.isPresent(); next = start()) {
        exits.add(next.get().waitFor());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Optional<Process> start() {
    if (closed) {
      return Optional.empty();
    }
    List<String> flags =
        starts < points.size() ? List.of(points.get(starts).flag(agentJar)) : List.of();
    starts++;
    ProcessBuilder builder =
        new ProcessBuilder(JavaProgram.command(flags, program))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      process = Optional.of(builder.start());
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `kill -9` after that time.
  void kill(long millis) throws InterruptedException {
    Optional<Process> doomed;
    synchronized (this) {
      doomed = process;
    }
    if (doomed.isPresent()) {
      doomed.get().waitFor(millis, TimeUnit.MILLISECONDS);
      doomed.get().destroyForcibly();
    }
  }

  /// The point the running process is to die at, if any is left.
  synchronized Optional<KillPoint> armed() {
    return starts <= points.size() ? Optional.of(points.get(starts - 1)) : Optional.empty();
  }

  /// How each process so far has ended.
  List<Integer> exits() {
    return exits;
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      closed = true;
      process.ifPresent(Process::destroyForcibly);
    }
    keeper.join();
  }
}
