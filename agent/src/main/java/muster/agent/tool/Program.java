package muster.agent.tool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A program of the system that a job needs, started as it is and never by way of a shell. It
/// speaks English (`LC_ALL=C`) and reads nothing.
///
/// @param name as `PATH` finds it, or with slashes from `directory` on
/// @param env added to the agent's environment
/// @param directory where it starts
/// @param longest how long it may take; absent = as long as the job
public record Program(
    String name,
    List<String> args,
    Map<String, String> env,
    Path directory,
    Optional<Duration> longest) {
  private static final Map<String, String> PLAIN = Map.of("LC_ALL", "C");
  private static final Path ROOT = Path.of("/");

  public static Program of(String name, String... args) {
    return new Program(name, List.of(args), PLAIN, ROOT, Optional.empty());
  }

  /// With more arguments.
  Program and(List<String> more) {
    List<String> all = new ArrayList<>(args);
    all.addAll(more);
    return new Program(name, List.copyOf(all), env, directory, longest);
  }

  Program and(String... more) {
    return and(List.of(more));
  }

  Program with(String variable, String value) {
    Map<String, String> more = new LinkedHashMap<>(env);
    more.put(variable, value);
    return new Program(name, args, more, directory, longest);
  }

  public Program in(Path start) {
    return new Program(name, args, env, start, longest);
  }

  /// It is ended when it takes longer, and that is an [java.io.IOException].
  public Program within(Duration limit) {
    return new Program(name, args, env, directory, Optional.of(limit));
  }
}
