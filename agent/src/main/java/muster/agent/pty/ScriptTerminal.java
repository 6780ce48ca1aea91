package muster.agent.pty;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.agent.exec.Programs;

/// A terminal that `script(1)` holds for us, its ends being pipes. Its one child is the shell.
final class ScriptTerminal implements Terminal {
  private static final int TIMES = 200;
  private static final int PAUSE_MILLIS = 10;
  private static final int STTY_SECONDS = 5;

  /// An agent that was started in the background, as without systemd, ignores these, and so would
  /// all that is started on the terminal. Coreutils from 8.31 on know the way back.
  private static final String HEEDING = "env --default-signal=INT,QUIT";

  private static final Path TERMINALS = Path.of("/dev/pts");

  private final Process script;
  private final long shell;
  private final Path terminal;

  /// @param terminal its name
  private ScriptTerminal(Process script, long shell, Path terminal) {
    this.script = script;
    this.shell = shell;
    this.terminal = terminal;
  }

  static ScriptTerminal open(Shell shell) throws IOException {
    String start = quoted(shell.program()) + " -i";
    String line =
        "stty rows "
            + shell.size().rows()
            + " cols "
            + shell.size().cols()
            + (" iutf8; " + HEEDING + " true 2>/dev/null && exec " + HEEDING + " " + start)
            + ("; exec " + start);
    ProcessBuilder builder =
        new ProcessBuilder(Programs.required("script"), "-q", "-f", "-e", "-c", line, "/dev/null")
            .directory(shell.directory().toFile())
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(shell.environment());
    Process script = builder.start();
    try {
      return started(script);
    } catch (IOException e) {
      script.destroyForcibly();
      throw e;
    }
  }

  private static String quoted(String path) {
    return "'" + path.replace("'", "'\\''") + "'";
  }

  /// The shell is there once `script` has made the terminal, and the terminal is its standard input
  /// soon after.
  private static ScriptTerminal started(Process script) throws IOException {
    for (int i = 0; i < TIMES && script.isAlive(); i++) {
      Optional<Long> shell = script.children().findFirst().map(ProcessHandle::pid);
      Optional<Path> terminal = shell.flatMap(ScriptTerminal::terminal);
      if (terminal.isPresent()) {
        return new ScriptTerminal(script, shell.get(), terminal.get());
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new IOException("script(1) did not start a shell");
  }

  private static Optional<Path> terminal(long shell) {
    try {
      Path input = Files.readSymbolicLink(Path.of("/proc", Long.toString(shell), "fd", "0"));
      return Optional.of(input).filter(file -> file.startsWith(TERMINALS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public int read(byte[] buffer) throws IOException {
    try {
      return script.getInputStream().read(buffer);
    } catch (IOException e) {
      // Closed by hanging up.
      return -1;
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    OutputStream in = script.getOutputStream();
    in.write(bytes);
    in.flush();
  }

  @Override
  public void resize(Size size) throws IOException {
    List<String> command =
        List.of(
            Programs.required("stty"),
            "-F",
            terminal.toString(),
            "rows",
            Integer.toString(size.rows()),
            "cols",
            Integer.toString(size.cols()));
    Process stty =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!stty.waitFor(STTY_SECONDS, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int await() throws InterruptedException {
    return script.waitFor();
  }

  /// Its end closes the terminal.
  @Override
  public void hangUp() {
    script.destroyForcibly();
    close(script.getInputStream());
    close(script.getOutputStream());
  }

  private static void close(AutoCloseable stream) {
    try {
      stream.close();
    } catch (Exception e) {
      // What was still in it is of no use to anybody.
    }
  }

  @Override
  public long session() {
    return shell;
  }
}
