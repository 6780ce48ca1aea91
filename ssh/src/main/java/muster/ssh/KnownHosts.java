package muster.ssh;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// The keys of machines that were seen before, in the file format of OpenSSH (sshd(8),
/// SSH_KNOWN_HOSTS). People may edit the file; a line is added in one write, so several attempts
/// may use it at once.
final class KnownHosts {
  private final Path file;

  KnownHosts(Path file) {
    this.file = file;
  }

  /// Has `jsch` know what is in the file now.
  void load(JSch jsch) throws JSchException {
    try {
      byte[] lines = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      jsch.setKnownHosts(new ByteArrayInputStream(lines));
    } catch (IOException e) {
      throw new UncheckedIOException("%s can't be read".formatted(file), e);
    }
  }

  void add(HostKey key) {
    try {
      Files.createDirectories(
          file.toAbsolutePath().getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try (FileChannel out =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        String line =
            "%s%s %s %s\n".formatted(endOfLast(), key.getHost(), key.getType(), key.getKey());
        out.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        out.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("%s can't be written".formatted(file), e);
    }
  }

  /// What the last line lacks: people's editors may leave it without an end.
  private String endOfLast() throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      boolean isOpen = in.size() > 0 && in.read(last, in.size() - 1) == 1 && last.get(0) != '\n';
      return isOpen ? "\n" : "";
    }
  }
}
