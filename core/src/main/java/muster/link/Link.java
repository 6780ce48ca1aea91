package muster.link;

import java.time.Duration;

/// One live connection of a device, whatever protocol it speaks. Implemented by the adapters; all
/// methods return at once and may be called by any thread.
public interface Link {
  /// Ends the connection and tells the device why, as far as its protocol can. Closing twice is
  /// harmless.
  void close(CloseReason reason, String detail);

  /// Asks for a sign of life now; one will reach [Links#heard] if there is anybody.
  void probe();

  /// Why the server ends a connection.
  enum CloseReason {
    /// The credential is dead: the device was deleted, blocked, denied or revoked.
    CUT,
    /// A newer connection took its place.
    REPLACED,
    /// Another machine holds a live connection with the same credential.
    CLONE,
    /// Nothing was heard for too long.
    SILENT,
    /// The server stops or restarts; the detail says within which time to come back.
    RESTART
  }

  /// How long a connection may be silent before it counts as dead.
  Duration MAX_SILENCE = Duration.ofSeconds(45);
}
