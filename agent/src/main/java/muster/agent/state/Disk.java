package muster.agent.state;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// One directory of the agent's own files, by name. What was forced or replaced survives the loss
/// of power; what was only appended survives a kill of the agent, and of it any beginning may
/// survive the loss of power.
public interface Disk {
  /// The names of all files, in no order.
  List<String> names() throws IOException;

  /// Opens a file, making it when it is missing.
  DiskFile open(String name) throws IOException;

  /// The whole content; empty when there is no such file.
  Optional<byte[]> read(String name) throws IOException;

  /// Replaces a file durably: afterwards, and after a crash on the way, it holds all of the new
  /// content or all of the old one.
  void replace(String name, byte[] content) throws IOException;

  /// Removes a file; harmless when there is none.
  void delete(String name) throws IOException;

  /// An open file. Not for use by several threads.
  interface DiskFile extends Closeable {
    long size() throws IOException;

    void append(byte[] bytes) throws IOException;

    /// @throws IOException when there is less than that
    byte[] read(long position, int length) throws IOException;

    void truncate(long size) throws IOException;

    /// Returns when all that was appended is durable.
    void force() throws IOException;
  }
}
