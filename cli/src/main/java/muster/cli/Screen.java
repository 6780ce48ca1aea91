package muster.cli;

/// The terminal of this program. Closing it makes it as it was; it is made so too when the program
/// is told to end.
interface Screen extends AutoCloseable {
  int cols();

  int rows();

  /// From now on every key goes through as it is, Ctrl-C too.
  ///
  /// @throws Failure when the terminal can't do that
  void raw();

  /// From now on runs `action`, on a thread of its own, each time the window gets another size.
  void onResize(Runnable action);

  @Override
  void close();
}
