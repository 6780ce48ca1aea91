package muster.agent.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Processes by the name of their program.
public final class ProcessNames {
  private final Path proc;

  public ProcessNames(Path root) {
    proc = root.resolve("proc");
  }

  /// Those that the kernel calls so, or that were started under that name, which the kernel cuts to
  /// 15 characters.
  public List<Long> find(String name) {
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (isCalled(process, name)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return found;
    }
    return found;
  }

  private static boolean isCalled(Path process, String name) {
    if (HostLines.of(process.resolve("comm")).contains(name)) {
      return true;
    }
    return HostLines.of(process.resolve("cmdline")).stream()
        .limit(1)
        .map(line -> line.split("\0", 2)[0])
        .anyMatch(program -> program.substring(program.lastIndexOf('/') + 1).equals(name));
  }
}
