package muster.remote;

import java.util.Optional;

/// One side's connection. Implemented by the adapters. One thread receives, one sends; [#close] by
/// any.
public interface RemoteSocket {
  /// Nothing is wrong.
  int NORMAL = 1000;

  /// The server stops.
  int GOING_AWAY = 1001;

  /// There is a terminal on this session's channel already.
  int TAKEN = 4409;

  /// The session was ended, or never got as far as its device.
  int ENDED = 4410;

  /// Waits for the next frame; empty when nothing more comes.
  Optional<RemoteFrame> receive() throws InterruptedException;

  /// Waits until the network has taken the frame. False when the connection is gone.
  boolean send(RemoteFrame frame) throws InterruptedException;

  /// Ends the connection, saying why; the first one counts.
  void close(int code, String reason);
}
