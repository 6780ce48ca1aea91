package muster.agent.exec;

import java.io.IOException;
import java.nio.file.Path;
import muster.agent.tool.BashCommand;

/// Starts a command by its [LaunchScript], with its output on pipes.
final class Launch {
  private Launch() {}

  /// @param directory an absolute path, where it starts
  static Process start(
      BashCommand command,
      String directory,
      Workspace workspace,
      Host host,
      Pipe stdout,
      Pipe stderr)
      throws IOException {
    String script = LaunchScript.of(command, directory, Programs.required("setsid"));
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", workspace.script(script).toString())
            .redirectOutput(stdout.redirect())
            .redirectError(stderr.redirect());
    Path stdin =
        command.stdin().isPresent() ? workspace.stdin(command.stdin().get()) : Path.of("/dev/null");
    builder.redirectInput(stdin.toFile());
    builder.environment().keySet().removeAll(Programs.OWN_VARIABLES);
    // Missing in services of systemd that run as root.
    builder.environment().putIfAbsent("HOME", host.home().toString());
    Process process = builder.start();
    stdout.started();
    stderr.started();
    return process;
  }
}
