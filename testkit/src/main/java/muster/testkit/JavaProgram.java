package muster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How our programs are run in a process of their own: with the classes of the tests, and to start
/// soon rather than to be fast.
public final class JavaProgram {
  private JavaProgram() {}

  /// @param flags of the virtual machine, besides those of all
  /// @param program a main class and its arguments
  public static List<String> command(List<String> flags, List<String> program) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(flags);
    words.add("--enable-native-access=ALL-UNNAMED");
    words.add("--sun-misc-unsafe-memory-access=allow");
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.addAll(program);
    return words;
  }

  /// The most memory that a process ever had, KiB.
  static long peakKib(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
