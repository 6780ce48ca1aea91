package muster.agent.tool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The arguments of the tool `bash`.
///
/// @param argv the program and its arguments, at least one
/// @param cwd an absolute path; empty means the agent user's home
/// @param env added to the agent's environment
/// @param shell whether it is a line for the shell, which is the program then
/// @param stdin what the command reads; empty means `/dev/null`
public record BashCommand(
    List<String> argv,
    boolean shell,
    Optional<String> cwd,
    Map<String, String> env,
    Optional<String> stdin)
    implements Task {

  /// @throws FieldException naming the field that cannot be used
  static BashCommand parse(JsonObject args) {
    Optional<String> cwd = args.optString("cwd");
    cwd.ifPresent(path -> {
      if (!path.startsWith("/")) {
        throw new FieldException("args.cwd", path, "an absolute path");
      }
      refuseNul("args.cwd", path);
    });
    return new BashCommand(
        argv(args), args.has("command"), cwd, env(args), args.optString("stdin"));
  }

  @Override
  public void check(Policy policy) {
    if (shell) {
      policy.requireShell(argv.get(0));
    } else {
      policy.requireProgram(argv.get(0));
    }
    env.keySet().forEach(policy::requireVariable);
  }

  private static List<String> argv(JsonObject args) {
    if (args.has("command") == args.has("argv")) {
      throw new FieldException("args", null, "either command or argv");
    }
    if (args.has("command")) {
      String command = args.string("command");
      refuseNul("args.command", command);
      return List.of(shellProgram(), "-c", command);
    }
    List<String> argv = args.strings("argv");
    // A leading dash would be an option of setsid.
    if (argv.isEmpty() || argv.get(0).isEmpty() || argv.get(0).startsWith("-")) {
      throw new FieldException("args.argv", argv, "a program and its arguments");
    }
    argv.forEach(word -> refuseNul("args.argv", word));
    return argv;
  }

  private static Map<String, String> env(JsonObject args) {
    JsonObject given = args.optObject("env").orElse(JsonObject.empty());
    Map<String, String> env = new LinkedHashMap<>();
    for (String name : given.asMap().keySet()) {
      // A leading dash would be an option of env.
      if (!name.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
        throw new FieldException("args.env", name, "letters, digits, _ and ., no digit first");
      }
      String value = given.string(name);
      refuseNul("args.env." + name, value);
      env.put(name, value);
    }
    return env;
  }

  private static void refuseNul(String field, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new FieldException(field, value, "text without NUL");
    }
  }

  private static String shellProgram() {
    for (String bash : List.of("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash")) {
      if (Files.isExecutable(Path.of(bash))) {
        return bash;
      }
    }
    return "/bin/sh";
  }
}
