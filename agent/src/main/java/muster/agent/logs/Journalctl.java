package muster.agent.logs;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import muster.agent.exec.Programs;

/// One run of `journalctl`. It ends with the agent, however that ends: a shell beside it waits for
/// its own input, which is a pipe from the agent, and then ends the program and all of its session.
final class Journalctl implements Closeable {
  private static final String SCRIPT =
      "\"$@\" </dev/null 2>&1 & p=$!; exec >/dev/null 2>&1; read -r l; kill -- \"-$p\" \"$p\";"
          + " wait \"$p\"";

  private final Process process;

  private Journalctl(Process process) {
    this.process = process;
  }

  /// What it prints, and complains, can be read from it.
  static Journalctl start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/bin/sh", "-c", SCRIPT, "sh", Programs.required("setsid")));
    command.add(Programs.required("journalctl"));
    command.add("--no-pager");
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(Programs.OWN_VARIABLES);
    // What it complains of is looked at.
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("SYSTEMD_LOG_TARGET", "console");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return new Journalctl(builder.start());
  }

  InputStream output() {
    return process.getInputStream();
  }

  /// What it prints until it has ended, as far as that is of use.
  String whole(int most) throws IOException {
    byte[] said = output().readNBytes(most);
    return new String(said, StandardCharsets.UTF_8).strip();
  }

  /// Returns at once.
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy();
    }
  }
}
