package muster.socket;

import java.util.Optional;
import muster.fault.Fault;

/// A WebSocket on which somebody who is known and the server send each other texts. One thread
/// receives; any may send.
public interface TextSocket {
  /// The next message; empty when the connection is over.
  ///
  /// @throws Fault RESOURCE_EXHAUSTED when they come too often: the message is not looked at
  Optional<String> receive() throws InterruptedException;

  /// Lasts until the network has taken it.
  ///
  /// @return false when the connection is over
  boolean send(String text) throws InterruptedException;

  boolean isOpen();

  /// Calls the task when the connection is over, or at once when it is.
  void onClose(Runnable task);

  void close(int code, String reason);
}
