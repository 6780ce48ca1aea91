package muster.socket;

/// One side of a device's connection: what a protocol does with it. Calls come one at a time, on
/// virtual threads, except [#signOfLife()], which comes on an event loop and must not block.
public interface Conversation {
  /// The connection is up.
  void opened();

  void text(String frame);

  /// A ping or pong came.
  void signOfLife();

  /// The connection is gone; nothing else comes. `saidGoodbye` when the device closed it properly.
  void closed(boolean saidGoodbye);
}
