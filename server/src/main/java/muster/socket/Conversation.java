package muster.socket;

/// One side of a device's connection: what a protocol does with it. Calls come one at a time, on
/// virtual threads, except [#isBulk] and [#signOfLife()], which come on an event loop and must not
/// block.
public interface Conversation {
  /// The connection is up.
  void opened();

  void text(String frame);

  /// Whether a frame is output of a command: of that a device may have much to send, and is slowed
  /// down instead of cut off. Called on an event loop.
  default boolean isBulk(String frame) {
    return false;
  }

  /// A ping or pong came.
  void signOfLife();

  /// The connection is gone; nothing else comes. `saidGoodbye` when the device closed it properly.
  void closed(boolean saidGoodbye);
}
