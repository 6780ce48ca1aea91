package muster.agent.pty;

import java.io.IOException;

/// A shell on a terminal of its own. One thread reads, one writes; the rest may be called by any.
public interface Terminal {
  /// What the shell and its programs print; waits for some.
  ///
  /// @return how many bytes; -1 when the shell has ended ([#await] must be under way) and
  ///   everything was read
  int read(byte[] buffer) throws IOException;

  /// Types; waits as long as nobody reads it.
  void write(byte[] bytes) throws IOException;

  void resize(Size size) throws IOException;

  /// Waits for the shell's end.
  ///
  /// @return its exit code, or 128 + n for signal n
  int await() throws InterruptedException;

  /// Takes the terminal away: the kernel tells its programs SIGHUP, and [#read] and [#write] end.
  void hangUp();

  /// The session of all that run on it.
  long session();
}
