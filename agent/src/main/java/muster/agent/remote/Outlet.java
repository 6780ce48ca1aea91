package muster.agent.remote;

import java.io.IOException;
import muster.wire.RemoteControl;

/// What is at the device's end of a channel. One thread reads, one writes; [#close] and [#kill] by
/// any.
interface Outlet {
  /// Waits for bytes.
  ///
  /// @return how many; -1 when no more come
  int read(byte[] buffer) throws IOException;

  /// Waits until they are taken.
  void write(byte[] bytes) throws IOException;

  void control(RemoteControl control) throws IOException;

  /// What the other side is told after the last byte was read.
  ///
  /// @throws IOException when it was closed before that was known
  RemoteControl ending() throws IOException, InterruptedException;

  /// Whether the channel is of no use any more when nothing more is to be read.
  boolean endsWithReading();

  /// Ends [#read] and [#write]. Closing twice is harmless.
  void close();

  /// Waits until nothing of it is left on this host, and sees to that.
  default void clear() throws InterruptedException {}

  /// Leaves nothing of it on this host, at once.
  default void kill() {}
}
