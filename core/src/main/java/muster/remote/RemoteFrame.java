package muster.remote;

/// What travels on a channel.
public sealed interface RemoteFrame {
  record Bytes(byte[] bytes) implements RemoteFrame {}

  /// To the device: the window has another size.
  record Resize(int cols, int rows) implements RemoteFrame {}

  /// Either way, in tunnels: no more bytes come from here.
  record Eof() implements RemoteFrame {}

  /// From the device: the shell ended.
  record Exit(int code) implements RemoteFrame {}
}
