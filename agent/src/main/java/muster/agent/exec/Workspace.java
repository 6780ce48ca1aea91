package muster.agent.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import muster.agent.hash.Sha256;
import muster.agent.state.Disk;
import muster.agent.state.DurableFile;

/// The files that last as long as one execution runs, beside its [Spool] and named like it by the
/// hash of its id, since the id comes from outside.
record Workspace(Path directory, String name) implements Closeable {
  private static final String MAKING = ".making";

  static Workspace of(Path directory, String executionId) {
    return new Workspace(directory, Sha256.shortHex(executionId));
  }

  Path stdout() {
    return file(".1");
  }

  Path stderr() {
    return file(".2");
  }

  /// The launch script, readable by this user only.
  Path script(String text) throws IOException {
    return write(file(".sh"), text);
  }

  /// What the command reads.
  Path stdin(String text) throws IOException {
    return write(file(".0"), text);
  }

  /// Notes a file that is in the making elsewhere.
  void making(Path file) throws IOException {
    write(file(MAKING), file.toString());
  }

  /// The file that an earlier run of the agent noted, if a name in the directory is such a note.
  static Optional<Path> made(String name, Disk directory) throws IOException {
    if (!name.endsWith(MAKING)) {
      return Optional.empty();
    }
    String expected = ".muster-" + name.substring(0, name.length() - MAKING.length());
    return directory
        .read(name)
        .map(content -> Path.of(new String(content, StandardCharsets.UTF_8)))
        .filter(file -> file.endsWith(expected));
  }

  /// Removes what is not needed once the command has ended.
  @Override
  public void close() throws IOException {
    for (String suffix : Set.of(".0", ".1", ".2", ".sh", MAKING)) {
      Files.deleteIfExists(file(suffix));
    }
  }

  private Path file(String suffix) {
    return directory.resolve(name + suffix);
  }

  private static Path write(Path file, String text) throws IOException {
    Files.deleteIfExists(file);
    try (var channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            DurableFile.PRIVATE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    return file;
  }
}
