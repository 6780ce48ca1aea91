package muster.it.page;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Runs command lines as a user would paste them.
public final class Shell {
  private static final long WAIT_SECONDS = 60;

  private Shell() {}

  /// What a command line wrote, both streams together, and its exit status.
  public record Ended(int status, String output) {}

  /// Skips the test, saying so, when one of the programs is missing here.
  public static void assumeInstalled(String... programs) {
    for (String program : programs) {
      boolean found =
          Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
      Assumptions.assumeTrue(found, () -> "NOT TESTED: %s is not on the PATH".formatted(program));
    }
  }

  /// Starts `sh -c line`; the output goes to a file.
  public static Process start(
      String line, Path directory, Path output, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  public static Ended run(String line, Path directory, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    Process process = start(line, directory, output, environment);
    if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
      stop(process);
      throw new AssertionError(line + ": did not end: " + Files.readString(output));
    }
    return new Ended(process.exitValue(), Files.readString(output));
  }

  /// Ends a process and what it started, as a service manager would: TERM, and KILL 20 s later.
  public static void stop(Process process) throws InterruptedException {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (ProcessHandle one : all) {
      try {
        one.onExit().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException e) {
        one.destroyForcibly();
      }
    }
  }
}
