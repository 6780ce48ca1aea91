package muster.agent.pty;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.agent.exec.Programs;

/// What is started on a terminal.
///
/// @param program an absolute path, started with `-i`
/// @param environment all of it
/// @param directory where it starts
record Shell(String program, Map<String, String> environment, Path directory, Size size) {
  private static final String KIND = "xterm-256color";

  /// The agent user's own shell, in their home.
  static Shell ofUser(Path home, Map<String, String> agents, Size size) {
    Map<String, String> environment = new TreeMap<>(agents);
    environment.keySet().removeAll(Programs.OWN_VARIABLES);
    environment.putIfAbsent("HOME", home.toString());
    environment.put("TERM", KIND);
    if (!agents.containsKey("LC_ALL") && !agents.containsKey("LANG")) {
      // Services have none, and a shell without one spells what is not ASCII in question marks.
      environment.put("LANG", "C.UTF-8");
    }
    String program = program(agents);
    environment.put("SHELL", program);
    return new Shell(program, environment, home, size);
  }

  /// The path of the program.
  static String program(Map<String, String> agents) {
    return Optional.ofNullable(agents.get("SHELL"))
        .filter(path -> path.startsWith("/") && !path.endsWith("nologin"))
        .flatMap(path -> Programs.find(path, Optional.empty()))
        .or(() -> Programs.find("/bin/bash", Optional.empty()))
        .orElse("/bin/sh");
  }
}
