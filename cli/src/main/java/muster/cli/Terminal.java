package muster.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The surroundings of one run: streams, environment, clock and Ctrl-C.
interface Terminal {
  InputStream in();

  /// UTF-8, buffered: whoever streams flushes.
  PrintStream out();

  PrintStream err();

  /// The value of an environment variable; empty when it is unset or blank.
  Optional<String> env(String name);

  boolean inIsTerminal();

  boolean outIsTerminal();

  boolean errIsTerminal();

  /// Columns of the terminal that stdout is.
  int width();

  /// The terminal itself, until the result is closed.
  ///
  /// @throws Failure when there is no terminal to do it with
  Screen screen();

  Instant now();

  void sleep(Duration pause) throws InterruptedException;

  /// From now on each Ctrl-C runs `action` on a thread of its own instead of ending the program.
  void onInterrupt(Runnable action);

  /// Asks without echo; empty when there is nobody to ask.
  Optional<String> readPassword(String prompt);

  default boolean colour() {
    return outIsTerminal() && env("NO_COLOR").isEmpty() && !env("TERM").equals(Optional.of("dumb"));
  }
}
