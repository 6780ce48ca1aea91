package muster.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// How many files, and so connections, one process may have open.
final class OpenFiles {
  /// For libraries, the store of a server in the same process, and the like.
  private static final int OTHERS = 500;

  private OpenFiles() {}

  /// The hard limit, which the JVM makes its own; empty where there is none or nobody knows.
  static OptionalLong limit() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.strip().split("\\s{2,}"))
          .filter(words -> words.length > 2 && words[2].matches("\\d+"))
          .mapToLong(words -> Long.parseLong(words[2]))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /// The most devices one process can connect.
  static long most() {
    return limit().orElse(Long.MAX_VALUE) - OTHERS;
  }

  /// @throws IllegalArgumentException when a process cannot hold so many connections
  static void require(int devices) {
    limit()
        .ifPresent(limit -> {
          if (devices + OTHERS > limit) {
            throw new IllegalArgumentException(
                "devices: %,d in one process (expected: at most %,d, for it may have %,d files open; "
                        .formatted(devices, Math.max(0, limit - OTHERS), limit)
                    + "raise `ulimit -n`, or use --processes "
                    + (devices / Math.max(1, limit - OTHERS) + 1)
                    + ")");
          }
        });
  }
}
