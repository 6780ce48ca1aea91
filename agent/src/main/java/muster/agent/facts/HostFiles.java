package muster.agent.facts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Small files of the host below a root, `/` in earnest. Thread-safe.
final class HostFiles {
  /// Enough for the first lines of any file the agent reads, little enough to read often.
  private static final int MOST = 8192;

  private final Path root;

  HostFiles(Path root) {
    this.root = root;
  }

  /// The first 8 KiB of a file; empty when it cannot be read.
  ///
  /// @param path without the leading slash: `proc/meminfo`
  Optional<String> text(String path) {
    try (InputStream in = Files.newInputStream(root.resolve(path))) {
      return Optional.of(new String(in.readNBytes(MOST), StandardCharsets.UTF_8));
    } catch (IOException | SecurityException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /// The first line without surrounding white space and NULs; empty when blank or unreadable.
  Optional<String> line(String path) {
    return text(path)
        .flatMap(text -> text.lines().findFirst())
        .map(line -> line.replace("\0", "").strip())
        .filter(line -> !line.isEmpty());
  }

  /// The names in a directory, sorted; empty when it cannot be read.
  List<String> names(String path) {
    try (Stream<Path> entries = Files.list(root.resolve(path))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (IOException | SecurityException e) {
      return List.of();
    }
  }

  boolean exists(String path) {
    return Files.exists(root.resolve(path));
  }
}
