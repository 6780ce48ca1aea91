package muster.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// Whoever sits at the terminal.
@FunctionalInterface
interface Person {
  /// Whether the answer is yes; empty when there is nobody to ask.
  Optional<Boolean> agrees(String question) throws IOException;

  /// Nobody.
  Person NONE = question -> Optional.empty();

  /// At the terminal that standard input is, if it is one.
  static Person atTerminal(PrintStream out) {
    return question -> {
      if (!isTerminal()) {
        return Optional.empty();
      }
      out.print(question);
      out.flush();
      String answer =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      return Optional.of(
          answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes"));
    };
  }

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException noProc) {
      return false;
    }
  }
}
