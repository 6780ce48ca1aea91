package muster.cli;

/// The exit codes, as `muster --help` and docs/cli.md list them.
final class Exit {
  static final int OK = 0;
  static final int FAILURE = 1;

  /// The command line, or what it asked the server for, is wrong.
  static final int USAGE = 2;

  /// Not logged in, or not allowed.
  static final int DENIED = 3;

  static final int NOT_FOUND = 4;
  static final int UNREACHABLE = 5;

  /// `exec`: the device stopped the command at its timeout.
  static final int TIMED_OUT = 124;

  /// `exec`: the command could not run, or nobody knows how it ended.
  static final int NOT_RUN = 125;

  /// Cancelled, by Ctrl-C or by somebody else.
  static final int CANCELLED = 130;

  private Exit() {}
}
