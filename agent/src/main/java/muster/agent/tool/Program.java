package muster.agent.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A program of the system that a job needs, started as it is and never by way of a shell. It
/// speaks English (`LC_ALL=C`) and reads nothing.
///
/// @param name as `PATH` finds it
/// @param env added to the agent's environment
public record Program(String name, List<String> args, Map<String, String> env) {
  private static final Map<String, String> PLAIN = Map.of("LC_ALL", "C");

  public static Program of(String name, String... args) {
    return new Program(name, List.of(args), PLAIN);
  }

  /// With more arguments.
  Program and(List<String> more) {
    List<String> all = new ArrayList<>(args);
    all.addAll(more);
    return new Program(name, List.copyOf(all), env);
  }

  Program and(String... more) {
    return and(List.of(more));
  }

  Program with(String variable, String value) {
    Map<String, String> more = new LinkedHashMap<>(env);
    more.put(variable, value);
    return new Program(name, args, more);
  }
}
