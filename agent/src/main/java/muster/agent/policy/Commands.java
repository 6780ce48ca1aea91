package muster.agent.policy;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which programs may be started, and how.
///
/// @param programs by name (`uptime`) or path (`/opt/tools/*`)
/// @param shells whether a command line for the shell is allowed
/// @param variables of the environment that may be given; empty means all
record Commands(Rules programs, boolean shells, Optional<Set<String>> variables) {
  static final Commands OPEN = new Commands(Rules.open("commands"), true, Optional.empty());

  /// A line for the shell may do anything, so that only `deny` has a say beside [#shells].
  ///
  /// @param shell the program
  void requireShell(String shell) {
    if (!shells) {
      throw new DeniedException("args.command: commands.shells is false");
    }
    programs.requireNotDenied(shell, rule -> denies(rule, shell));
  }

  /// A rule that is a name allows what `PATH` finds under it, and denies it wherever it is.
  void requireProgram(String program) {
    programs.require(
        program,
        rule -> Glob.matches(rule, program) && !isDetour(program),
        rule -> denies(rule, program));
  }

  /// What is about to be started: `deny` counts for every name of it, however it was asked for.
  ///
  /// @param given as it was asked for
  /// @param found an absolute path
  void requireFound(String given, String found) {
    String what = given.equals(found) ? given : given + " (" + found + ")";
    List<Path> names;
    try {
      names = programs.deny().isEmpty() ? List.of() : RealPath.names(Path.of(found));
    } catch (InvalidPathException e) {
      throw new DeniedException(
          what + ": the agent's locale cannot spell it, and there is commands.deny");
    }
    programs.requireNotDenied(what, rule -> names.stream().anyMatch(name -> denies(rule, name)));
  }

  private static boolean denies(String rule, Path name) {
    return denies(rule, name.toString())
        || rule.indexOf('/') >= 0
            && Glob.matches(RealPath.inRealDirectory(Path.of(rule)).toString(), name.toString());
  }

  private static boolean denies(String rule, String program) {
    String name = program.substring(program.lastIndexOf('/') + 1);
    return Glob.matches(rule, rule.indexOf('/') < 0 ? name : program);
  }

  private static boolean isDetour(String program) {
    return List.of(program.split("/")).contains("..");
  }

  void requireVariable(String name) {
    if (variables.filter(known -> !known.contains(name)).isPresent()) {
      throw new DeniedException("args.env." + name + ": not in commands.env");
    }
  }
}
