package muster.agent.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A [Disk] in the file system. Files are made with mode 0600.
public record Directory(Path path) implements Disk {
  /// Makes a directory, and those it is in, when it is missing.
  ///
  /// @param mode as `rwxr-xr-x`, whatever the umask says; the agent's user's alone until it is set
  public static void create(Path path, String mode) throws IOException {
    if (!Files.isDirectory(path)) {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
  }

  @Override
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()));
      }
    }
    return names;
  }

  @Override
  public DiskFile open(String name) throws IOException {
    Path file = path.resolve(name);
    return new OpenFile(
        file,
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            DurableFile.PRIVATE));
  }

  @Override
  public Optional<byte[]> read(String name) throws IOException {
    Path file = path.resolve(name);
    return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    DurableFile.replace(path.resolve(name), content);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(path.resolve(name));
  }

  private record OpenFile(Path file, FileChannel channel) implements DiskFile {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void append(byte[] bytes) throws IOException {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      for (long end = channel.size(); rest.hasRemaining(); ) {
        end += channel.write(rest, end);
      }
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, position + bytes.position()) < 0) {
          throw new IOException(file + ": shorter than it was");
        }
      }
      return bytes.array();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
