package muster.it.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.testkit.JavaProgram;

/// One run of a program in a process of its own.
record Program(int exit, String out) {
  static Program run(String main, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(main));
    words.addAll(List.of(args));
    ProcessBuilder program = new ProcessBuilder(JavaProgram.command(List.of(), words));
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
