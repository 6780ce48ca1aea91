package muster.wire;

/// How a command ended on the device.
public enum ToolStatus {
  /// The tool ran to its end, whatever the exit code.
  COMPLETED,

  /// It could not be started, or `error` says what went wrong.
  FAILED,

  /// Its time was up and its process group was killed.
  TIMED_OUT,

  /// The server asked to stop it.
  CANCELLED,

  /// The agent was stopped while it ran; nobody knows how far it came.
  INTERRUPTED
}
