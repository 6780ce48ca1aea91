package muster.wire;

/// The JSON-RPC methods of the device protocol, version 1.
public final class Methods {
  /// Agent to server, request: [Hello], answered by [HelloReply].
  public static final String HELLO = "device.hello";

  /// Agent to server, notification: [Health].
  public static final String HEALTH = "device.health";

  /// Agent to server, notification: [PolicyChanged].
  public static final String POLICY = "device.policy";

  /// Agent to server, notification: [ToolOutput].
  public static final String OUTPUT = "tool.output";

  /// Agent to server, request: [ToolResult], answered by `{}`.
  public static final String RESULT = "tool.result";

  /// Server to agent, request: [ToolExecute], answered by [ToolStarted].
  public static final String EXECUTE = "tool.execute";

  /// Server to agent, request: [ToolCancel], answered by `{}`.
  public static final String CANCEL = "tool.cancel";

  /// Server to agent, request: [TransferRead], answered by `{}`.
  public static final String TRANSFER_READ = "transfer.read";

  /// Server to agent, request: [TransferWrite], answered by `{}`.
  public static final String TRANSFER_WRITE = "transfer.write";

  /// Server to agent, request: [TransferCancel], answered by `{}`.
  public static final String TRANSFER_CANCEL = "transfer.cancel";

  /// Server to agent, request: [RemoteStart], answered by `{}`.
  public static final String REMOTE_START = "remote.start";

  /// Server to agent, request: [LogsFollow], answered by `{}`.
  public static final String LOGS_FOLLOW = "logs.follow";

  /// Server to agent, request: [LogsStop], answered by `{}`.
  public static final String LOGS_STOP = "logs.stop";

  /// Agent to server, notification: [LogLines].
  public static final String LOGS_LINES = "logs.lines";

  /// Agent to server, notification: [LogsEnded].
  public static final String LOGS_ENDED = "logs.ended";

  /// Server to agent, notification: [DevicePace].
  public static final String PACE = "device.pace";

  /// Server to agent, notification: [Disconnect].
  public static final String DISCONNECT = "device.disconnect";

  private Methods() {}
}
