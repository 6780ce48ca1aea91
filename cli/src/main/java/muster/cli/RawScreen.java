package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// [Screen] by `stty` on the terminal that controls this process.
final class RawScreen implements Screen {
  private static final int SECONDS = 5;

  private final String before;
  private final Thread atExit = new Thread(this::restore, "restore");
  private boolean raw;

  /// @throws IOException when there is no terminal
  RawScreen() throws IOException {
    before = stty("-g");
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  @Override
  public synchronized void raw() {
    raw = true;
    try {
      stty("raw", "-echo");
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot use the terminal: " + e.getMessage(), e);
    }
  }

  private static String stty(String... arguments) throws IOException {
    List<String> command = Stream.concat(Stream.of("stty"), Stream.of(arguments)).toList();
    Process stty =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/tty").toFile())
            .redirectErrorStream(true)
            .start();
    try {
      String answer = new String(stty.getInputStream().readAllBytes(), UTF_8).strip();
      if (!stty.waitFor(SECONDS, TimeUnit.SECONDS) || stty.exitValue() != 0) {
        throw new IOException(answer.isEmpty() ? "stty failed" : answer);
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// `stty size` prints rows and columns; 80 and 24 where it does not know.
  private static int[] size() {
    try {
      String[] words = stty("size").split(" ");
      int rows = Integer.parseInt(words[0]);
      int cols = Integer.parseInt(words[1]);
      if (rows > 0 && cols > 0) {
        return new int[] {cols, rows};
      }
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException unknown) {
      // Told below.
    }
    return new int[] {80, 24};
  }

  @Override
  public int cols() {
    return size()[0];
  }

  @Override
  public int rows() {
    return size()[1];
  }

  @Override
  public void onResize(Runnable action) {
    sun.misc.Signal.handle(new sun.misc.Signal("WINCH"), signal -> action.run());
  }

  private synchronized void restore() {
    if (!raw) {
      return;
    }
    raw = false;
    try {
      stty(before);
    } catch (IOException e) {
      // The terminal is gone, and with it what was to be restored.
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The program is ending already.
    }
  }
}
