package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The surroundings of this very process.
///
/// Whether a stream is a terminal is asked per stream: [Console] answers only for stdin and stdout
/// together, so `muster devices </dev/null` would lose its table. The wrapper script knows
/// (`MUSTER_STDOUT_TTY=1`); without it the link in `/proc/self/fd` tells.
final class ProcessTerminal implements Terminal {
  private final PrintStream out =
      new PrintStream(
          new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 14),
          false,
          UTF_8);
  private final PrintStream err =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);

  @Override
  public InputStream in() {
    return System.in;
  }

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public PrintStream err() {
    return err;
  }

  @Override
  public Optional<String> env(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  @Override
  public boolean inIsTerminal() {
    return isTerminal("MUSTER_STDIN_TTY", 0);
  }

  @Override
  public boolean outIsTerminal() {
    return isTerminal("MUSTER_STDOUT_TTY", 1);
  }

  @Override
  public boolean errIsTerminal() {
    return isTerminal("MUSTER_STDERR_TTY", 2);
  }

  @SuppressWarnings("SystemConsoleNull") // the console of java.base, 25's default, may be none
  private boolean isTerminal(String variable, int descriptor) {
    Optional<String> told = env(variable);
    if (told.isPresent()) {
      return told.get().equals("1");
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException noProc) {
      Console console = System.console();
      return console != null && console.isTerminal();
    }
  }

  @Override
  public int width() {
    return env("COLUMNS").flatMap(ProcessTerminal::columns).or(this::askTerminal).orElse(80);
  }

  private static Optional<Integer> columns(String text) {
    try {
      int columns = Integer.parseInt(text.strip());
      return columns > 0 ? Optional.of(columns) : Optional.empty();
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  /// `stty size` prints rows and columns of the terminal that is its stdin.
  private Optional<Integer> askTerminal() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(Path.of("/dev/tty").toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer = new String(stty.getInputStream().readAllBytes(), UTF_8).strip();
      stty.waitFor(1, TimeUnit.SECONDS);
      return columns(answer.substring(answer.indexOf(' ') + 1));
    } catch (IOException noStty) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public Screen screen() {
    try {
      return new RawScreen();
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot use the terminal: " + e.getMessage(), e);
    }
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public void sleep(Duration pause) throws InterruptedException {
    Thread.sleep(pause);
  }

  /// The JDK has no other way to hear of Ctrl-C and go on; javac warns and cannot be told not to.
  @Override
  public void onInterrupt(Runnable action) {
    sun.misc.Signal.handle(new sun.misc.Signal("INT"), signal -> action.run());
  }

  @Override
  @SuppressWarnings("SystemConsoleNull")
  public Optional<String> readPassword(String prompt) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return Optional.empty();
    }
    return Optional.ofNullable(console.readPassword("%s", prompt)).map(String::new);
  }
}
