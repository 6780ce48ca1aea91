package muster.agent.exec;

import java.util.Map;
import muster.agent.tool.BashCommand;

/// The shell script that becomes a command: change directory, add to the environment, replace
/// itself by `setsid` and so by the command, in a session and process group of its own with the
/// same pid.
///
/// Why not [ProcessBuilder] alone: the JVM spells arguments in the locale's character set, and a
/// daemon's locale is often plain ASCII, which turns `é` into `?`. A file holds UTF-8 whatever the
/// locale. Everything in it is single-quoted, nothing is interpreted.
final class LaunchScript {
  private LaunchScript() {}

  /// @param directory an absolute path
  /// @param setsid the path of that program
  static String of(BashCommand command, String directory, String setsid) {
    StringBuilder script = new StringBuilder();
    script.append("cd ").append(quote(directory)).append(" || exit 126\nexec ");
    if (!command.env().isEmpty()) {
      script.append("env");
      for (Map.Entry<String, String> variable : command.env().entrySet()) {
        script.append(' ').append(quote(variable.getKey() + "=" + variable.getValue()));
      }
      script.append(' ');
    }
    script.append(quote(setsid));
    for (String word : command.argv()) {
      script.append(' ').append(quote(word));
    }
    return script.append('\n').toString();
  }

  private static String quote(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
