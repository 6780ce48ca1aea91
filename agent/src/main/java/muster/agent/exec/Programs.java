package muster.agent.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// Finds programs as execvp(3) would.
public final class Programs {
  /// What is in the environment for the agent, not for what it starts.
  public static final Set<String> OWN_VARIABLES =
      Set.of("MUSTER_ENROLL_TOKEN", "NOTIFY_SOCKET", "MALLOC_ARENA_MAX");

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Programs() {}

  /// As below, for what the agent itself starts.
  public static Optional<String> find(String program, Optional<String> path) {
    return find(program, path, System.getProperty("user.dir", "/"));
  }

  /// The program's absolute path; empty when there is none that may be executed.
  ///
  /// @param path the value of `PATH`; empty means the usual directories
  /// @param directory an absolute path, where it is to be started
  static Optional<String> find(String program, Optional<String> path, String directory) {
    if (program.indexOf('/') >= 0) {
      return Optional.of(in(directory, program)).filter(Programs::executable);
    }
    for (String entry : path.orElse(DEFAULT_PATH).split(":", -1)) {
      String candidate = in(in(directory, entry), program);
      if (executable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static String in(String directory, String path) {
    return path.startsWith("/") ? path : directory + "/" + path;
  }

  /// A program of the system, where the agent's `PATH` or the usual one has it.
  public static Optional<String> ofSystem(String program) {
    return find(program, Optional.ofNullable(System.getenv("PATH")))
        .or(() -> find(program, Optional.empty()));
  }

  /// A program of the system that the agent itself needs.
  public static String required(String program) throws IOException {
    return ofSystem(program)
        .orElseThrow(() -> new IOException(program + ": not found on this host"));
  }

  private static boolean executable(String path) {
    try {
      Path file = Path.of(path);
      return Files.isRegularFile(file) && Files.isExecutable(file);
    } catch (InvalidPathException e) {
      // The locale cannot spell it; the shell that starts it can.
      return true;
    }
  }
}
