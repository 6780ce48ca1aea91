package muster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// What a measurement ran on.
final class Machine {
  private Machine() {}

  static void print(String title) throws IOException {
    System.out.printf(
        "%s%n%s, %d processors, %d MiB, load %s, JDK %s%n",
        title,
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Runtime.getRuntime().availableProcessors(),
        memoryMebibytes(),
        Files.readString(Path.of("/proc/loadavg")).split(" ")[0],
        Runtime.version());
  }

  static long memoryMebibytes() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemTotal:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(-1L);
    }
  }
}
