package muster.agent.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Text files of the host, as those of the kernel, which have no size.
final class HostLines {
  private static final int MOST = 1024 * 1024;

  private HostLines() {}

  /// The lines of the first MiB; none when it cannot be read.
  static List<String> of(Path file) {
    try {
      return required(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  static List<String> required(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
