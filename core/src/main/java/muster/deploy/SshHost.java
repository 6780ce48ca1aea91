package muster.deploy;

import muster.fault.Fault;

/// A machine that has let us in. For one thread.
public interface SshHost extends AutoCloseable {
  /// What a command has left.
  ///
  /// @param status its exit status; -1 when a signal ended it
  /// @param out at most 64 KiB of its standard output
  /// @param err at most 64 KiB of its standard error
  record Ended(int status, String out, String err) {}

  /// Runs a command line in the login shell, with `input` as its standard input, to its end.
  ///
  /// @param step of which it is a part
  /// @throws Fault of that step, when the connection is lost or the limit is reached, also where
  ///   the machine stops reading
  Ended run(Step step, String command, byte[] input, Limit limit);

  @Override
  void close();
}
