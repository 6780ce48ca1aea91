package muster.agent.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import muster.agent.hash.Sha256;
import muster.agent.state.Disk;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.ToolOutput;

/// The chunks of one execution in a file, one JSON line each; chunk n is line n. Thread-safe: one
/// thread appends while another reads. Synced once, when the command has ended: a kill of the agent
/// loses nothing, a crash of the host may lose the end of what still runs.
public final class Spool implements Closeable {
  private final Disk disk;
  private final String name;
  private final Disk.DiskFile file;

  /// Where line n + 1 begins; the last one is where the next line will.
  private long[] starts = new long[16];

  private int lines;

  private Spool(Disk disk, String name) throws IOException {
    this.disk = disk;
    this.name = name;
    file = disk.open(name);
    index(file.read(0, Math.toIntExact(file.size())));
    file.truncate(starts[lines]);
  }

  /// The name of an execution's spool: a hash, since the id comes from outside.
  static String name(String executionId) {
    return Sha256.shortHex(executionId) + ".out";
  }

  /// Opens what an earlier run of the agent left, without a torn last line, or an empty spool.
  static Spool open(Disk disk, String executionId) throws IOException {
    return new Spool(disk, name(executionId));
  }

  /// How many chunks there are; also the number of the last one.
  public synchronized long count() {
    return lines;
  }

  public synchronized void append(ToolOutput chunk) throws IOException {
    if (chunk.seq() != lines + 1L) {
      throw new IllegalArgumentException("chunk " + chunk.seq() + " after " + lines);
    }
    byte[] line = (chunk.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      file.append(line);
    } catch (IOException e) {
      file.truncate(starts[lines]);
      throw e;
    }
    add(starts[lines] + line.length);
  }

  /// Returns when all chunks are on disk.
  synchronized void force() throws IOException {
    if (lines > 0) {
      file.force();
    }
  }

  /// The chunk of that number; empty when it is not there (yet).
  ///
  /// @throws IOException when it is there and cannot be read
  synchronized Optional<ToolOutput> read(long seq) throws IOException {
    if (seq < 1 || seq > lines) {
      return Optional.empty();
    }
    int line = (int) seq - 1;
    byte[] bytes = file.read(starts[line], (int) length(seq));
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      return Optional.of(ToolOutput.fromJson(Json.parseObject(text)));
    } catch (JsonException e) {
      throw new IOException(name + ": line " + seq + ": " + e.getMessage(), e);
    }
  }

  /// How many bytes a chunk that is there takes on disk.
  synchronized long length(long seq) {
    int line = (int) seq - 1;
    return starts[line + 1] - starts[line];
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }

  /// Removes it; there are no chunks any more.
  synchronized void delete() throws IOException {
    lines = 0;
    close();
    disk.delete(name);
  }

  private void index(byte[] content) {
    for (int i = 0; i < content.length; i++) {
      if (content[i] == '\n') {
        add(i + 1L);
      }
    }
  }

  private void add(long nextStart) {
    if (lines + 2 > starts.length) {
      starts = Arrays.copyOf(starts, starts.length * 2);
    }
    starts[++lines] = nextStart;
  }
}
