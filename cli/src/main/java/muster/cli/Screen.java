package muster.cli;

/// The terminal while every key goes through as it is. Closing it makes it as it was; it is made so
/// too when the program is told to end.
interface Screen extends AutoCloseable {
  int cols();

  int rows();

  /// From now on runs `action`, on a thread of its own, each time the window gets another size.
  void onResize(Runnable action);

  @Override
  void close();
}
