package muster.agent.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import muster.agent.state.DurableFile;
import muster.wire.Json;
import muster.wire.ToolOutput;

/// The chunks of one execution in a file, one JSON line each; chunk n is line n. Thread-safe: one
/// thread appends while another reads. Not synced: a kill of the agent loses nothing, a crash of
/// the host may lose the end.
final class Spool implements Closeable {
  private final Path file;
  private final FileChannel channel;

  /// Where line n + 1 begins; the last one is where the next line will.
  private long[] starts = new long[16];

  private int lines;

  private Spool(Path file) throws IOException {
    this.file = file;
    channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            DurableFile.PRIVATE);
    index(Files.readAllBytes(file));
    channel.truncate(starts[lines]);
  }

  /// Opens what an earlier run of the agent left, without a torn last line, or an empty spool.
  static Spool open(Path file) throws IOException {
    return new Spool(file);
  }

  /// How many chunks there are; also the number of the last one.
  synchronized long count() {
    return lines;
  }

  synchronized void append(ToolOutput chunk) throws IOException {
    if (chunk.seq() != lines + 1L) {
      throw new IllegalArgumentException("chunk " + chunk.seq() + " after " + lines);
    }
    byte[] line = (chunk.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    ByteBuffer rest = ByteBuffer.wrap(line);
    while (rest.hasRemaining()) {
      channel.write(rest, starts[lines] + rest.position());
    }
    add(starts[lines] + line.length);
  }

  /// The chunk of that number; empty when it is not there (yet).
  synchronized Optional<ToolOutput> read(long seq) throws IOException {
    if (seq < 1 || seq > lines) {
      return Optional.empty();
    }
    int line = (int) seq - 1;
    ByteBuffer bytes = ByteBuffer.allocate((int) (starts[line + 1] - starts[line]));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, starts[line] + bytes.position()) < 0) {
        throw new IOException(file + ": shorter than it was");
      }
    }
    String text = new String(bytes.array(), StandardCharsets.UTF_8);
    return Optional.of(ToolOutput.fromJson(Json.parseObject(text)));
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  void delete() throws IOException {
    close();
    Files.deleteIfExists(file);
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
