package muster.simulator;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// One fleet in several processes, for one may not have so many files open. Each runs a slice of
/// the machines, with a credentials file of its own (`fleet.jsonl`, `fleet.1.jsonl`, …), prints its
/// own lines and makes its own check.
final class Processes {
  private final int count;
  private final int devices;
  private final Path state;
  private final PrintStream out;

  Processes(int count, int devices, Path state, PrintStream out) {
    this.count = count;
    this.devices = devices;
    this.state = state;
    this.out = out;
  }

  /// Runs them to their ends.
  ///
  /// @param jvm how this very process was started, up to and with the main class
  /// @param options what each is told, beside its slice
  /// @return the worst of their exit codes
  int run(List<String> jvm, List<String> options) throws IOException, InterruptedException {
    List<Process> children = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) devices * i / count);
      int to = (int) ((long) devices * (i + 1) / count);
      List<String> command = new ArrayList<>(jvm);
      command.add(Integer.toString(to - from));
      command.addAll(options);
      command.addAll(
          List.of("--from", Integer.toString(from), "--state", file(state, i).toString()));
      children.add(new ProcessBuilder(command).inheritIO().start());
    }
    // They come to their ends at Ctrl-C, too, and so does this one, after them.
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> children.forEach(Processes::end)));
    out.printf("%,d devices in %d processes.%n", devices, count);
    int worst = 0;
    for (Process child : children) {
      worst = Math.max(worst, child.waitFor());
    }
    return worst;
  }

  private static void end(Process child) {
    child.destroy();
    child.onExit().join();
  }

  private static Path file(Path state, int index) {
    String name = state.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return index == 0
        ? state
        : state.resolveSibling(
            dot < 0
                ? name + "." + index
                : name.substring(0, dot) + "." + index + name.substring(dot));
  }

  /// The credentials files there are, of one process or several.
  static List<Path> files(Path state) {
    return Stream.concat(Stream.of(state), IntStream.range(1, 1_000).mapToObj(i -> file(state, i)))
        .filter(Files::exists)
        .toList();
  }
}
