package muster.wire;

/// How far a command is on the device.
public enum ExecutionState {
  /// Started, and not ended yet.
  RUNNING,

  /// Ended; its [ToolResult] was sent or will be.
  FINISHED
}
