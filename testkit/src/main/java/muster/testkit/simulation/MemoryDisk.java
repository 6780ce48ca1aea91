package muster.testkit.simulation;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import muster.agent.state.Disk;

/// A disk that outlives the agent. The agent may die before and after each write and sync, and in
/// the middle of a write; the loss of power also takes what was not synced, or the end of it.
final class MemoryDisk implements Disk {
  private static final class Content {
    byte[] bytes = new byte[256];
    int size;

    /// So much of it survives the loss of power.
    int durable;

    void append(byte[] more, int length) {
      if (size + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + length));
      }
      System.arraycopy(more, 0, bytes, size, length);
      size += length;
    }
  }

  private final FailPoint failPoint;
  private final SplittableRandom random;
  private final boolean lying;
  private final Map<String, Content> files = new LinkedHashMap<>();

  /// @param lying says that all is durable, and keeps it in a cache
  MemoryDisk(FailPoint failPoint, SplittableRandom random, boolean lying) {
    this.failPoint = failPoint;
    this.random = random;
    this.lying = lying;
  }

  /// The host lost its power.
  void losePower() {
    for (Content file : files.values()) {
      file.size = file.durable + random.nextInt(file.size - file.durable + 1);
      file.durable = file.size;
    }
  }

  @Override
  public List<String> names() {
    return List.copyOf(files.keySet());
  }

  @Override
  public DiskFile open(String name) {
    Content file = files.computeIfAbsent(name, any -> new Content());
    return new OpenFile(file);
  }

  @Override
  public Optional<byte[]> read(String name) {
    return Optional.ofNullable(files.get(name)).map(file -> Arrays.copyOf(file.bytes, file.size));
  }

  @Override
  public void replace(String name, byte[] content) {
    failPoint.pass("before replacing a file");
    Content file = new Content();
    file.append(content, content.length);
    file.durable = file.size;
    files.put(name, file);
    failPoint.pass("after replacing a file");
  }

  @Override
  public void delete(String name) {
    failPoint.pass("before deleting a file");
    files.remove(name);
  }

  private final class OpenFile implements DiskFile {
    private final Content file;

    private OpenFile(Content file) {
      this.file = file;
    }

    @Override
    public long size() {
      return file.size;
    }

    @Override
    public void append(byte[] bytes) {
      if (failPoint.isNext()) {
        file.append(bytes, random.nextInt(bytes.length + 1));
      }
      failPoint.pass("in a write");
      file.append(bytes, bytes.length);
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      if (position + length > file.size) {
        throw new IOException("shorter than it was");
      }
      return Arrays.copyOfRange(file.bytes, (int) position, (int) position + length);
    }

    @Override
    public void truncate(long size) {
      file.size = (int) Math.min(size, file.size);
      file.durable = Math.min(file.durable, file.size);
    }

    @Override
    public void force() {
      failPoint.pass("before a sync");
      if (!lying) {
        file.durable = file.size;
      }
      failPoint.pass("after a sync");
    }

    @Override
    public void close() {}
  }
}
