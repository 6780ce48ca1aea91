package muster.socket;

import muster.link.Link;
import muster.wire.CloseCode;

/// The writing end of a device's connection. Safe for use by many threads; nothing blocks but
/// [#awaitTaken].
public interface DeviceChannel {
  /// Where the device connected from.
  String address();

  void send(String text);

  /// Waits until the network has taken what was sent, or the connection is gone: for who passes on
  /// what a person sends, as fast as it comes.
  void awaitTaken() throws InterruptedException;

  void ping();

  /// Says why with a close code, then ends the connection.
  void close(int code, String reason);

  /// Runs `task` after `millis` on the connection's event loop; it must not block.
  void later(long millis, Runnable task);

  /// Closes with the code of the device protocol for that reason.
  default void close(Link.CloseReason reason, String detail) {
    close(
        switch (reason) {
          case CUT -> CloseCode.REFUSED;
          case REPLACED, CLONE -> CloseCode.REPLACED;
          case SILENT -> CloseCode.GOING_AWAY;
          case RESTART -> CloseCode.RESTART;
        },
        detail);
  }
}
