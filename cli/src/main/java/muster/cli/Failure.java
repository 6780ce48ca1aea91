package muster.cli;

/// Ends the program with one line on stderr. The message says what to do next where that is known.
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exit;

  Failure(int exit, String message) {
    super(message);
    this.exit = exit;
  }

  Failure(int exit, String message, Throwable cause) {
    super(message, cause);
    this.exit = exit;
  }

  int exit() {
    return exit;
  }
}
