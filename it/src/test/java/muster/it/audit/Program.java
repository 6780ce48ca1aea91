package muster.it.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One run of a program in a process of its own.
record Program(int exit, String out) {
  static Program run(String main, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    line.addAll(List.of(args));
    ProcessBuilder program = new ProcessBuilder(line);
    program.environment().putAll(environment);
    program.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = program.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Program(process.waitFor(), out);
  }

  /// The value of a `key<TAB>value` line.
  String fact(String key) {
    return out.lines()
        .filter(line -> line.startsWith(key + "\t"))
        .map(line -> line.substring(key.length() + 1))
        .findFirst()
        .orElseThrow(() -> new AssertionError(key + " is not in " + out));
  }
}
