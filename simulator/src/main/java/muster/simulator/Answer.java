package muster.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import muster.wire.JsonObject;
import muster.wire.ToolExecute;

/// What a virtual machine makes of a command: how long it takes, what it prints, how it ends. The
/// same for the same machine and command.
///
/// @param takes until it has ended by itself
record Answer(Duration takes, String output, int exitCode) {
  private static final String FILLER =
      "the quick brown fox jumps over the lazy dog and wonders why\n";

  static Answer to(
      ToolExecute order, Machine machine, Scenario.Work work, SplittableRandom random) {
    List<String> words = order.tool().equals("bash") ? words(order.args()) : List.of(order.tool());
    String program = words.isEmpty() ? "" : words.getFirst().replaceFirst(".*/", "");
    String rest = words.size() < 2 ? "" : String.join(" ", words.subList(1, words.size()));
    boolean fails = random.nextDouble() < work.failing();
    Answer known =
        switch (program) {
          case "echo" -> new Answer(time(work, random), rest + "\n", 0);
          case "hostname" -> new Answer(time(work, random), machine.name() + "\n", 0);
          case "uname" -> new Answer(time(work, random), uname(machine), 0);
          case "date" ->
              new Answer(
                  time(work, random), Instant.now().truncatedTo(ChronoUnit.SECONDS) + "\n", 0);
          case "sleep" -> new Answer(seconds(rest), "", 0);
          case "true" -> new Answer(time(work, random), "", 0);
          case "system_info" -> new Answer(time(work, random), systemInfo(machine), 0);
          case "false" -> new Answer(time(work, random), "", 1);
          default ->
              new Answer(
                  time(work, random),
                  "%s is simulated and did not run: %s%n"
                      .formatted(machine.name(), String.join(" ", words)),
                  0);
        };
    if (order.tool().equals("install_update") || order.tool().equals("rollback_update")) {
      return new Answer(known.takes, report(order, fails), fails ? 1 : 0);
    }
    String more = filler(work.outputBytes() == 0 ? 0 : random.nextInt(work.outputBytes() + 1));
    return new Answer(
        known.takes, known.output + more, fails ? 1 + random.nextInt(3) : known.exitCode);
  }

  /// As the agent says what became of an installation.
  private static String report(ToolExecute order, boolean fails) {
    boolean back = order.tool().equals("rollback_update");
    JsonObject.Builder report =
        JsonObject.builder()
            .put("step", "done")
            .put("outcome", fails ? "failed" : back ? "rolled_back" : "installed")
            .put("from_version", "0.9.0");
    if (fails) {
      report.put("reason", "health_check_failed").put("detail", "simulated");
    }
    return report.build() + "\n";
  }

  /// The command line's words; a shell's `-c` script counts as a command line of its own.
  private static List<String> words(JsonObject args) {
    Map<String, ?> map = args.asMap();
    if (map.get("command") instanceof String script) {
      return List.of(script.strip().split("\\s+"));
    }
    if (!(map.get("argv") instanceof List<?> argv)) {
      return List.of();
    }
    List<String> words = argv.stream().map(String::valueOf).toList();
    return words.size() == 3 && words.get(1).equals("-c")
        ? List.of(words.get(2).strip().split("\\s+"))
        : words;
  }

  private static String uname(Machine machine) {
    return "Linux %s 6.12.0-sim #1 SMP %s GNU/Linux%n"
        .formatted(machine.name(), machine.facts().architecture().orElse(""));
  }

  private static String systemInfo(Machine machine) {
    return JsonObject.builder()
            .putAll(machine.facts().toJson())
            .put("memory_total_bytes", machine.memoryBytes())
            .build()
        + "\n";
  }

  private static Duration seconds(String text) {
    try {
      return Duration.ofMillis((long) (Math.clamp(Double.parseDouble(text), 0, 86_400) * 1000));
    } catch (NumberFormatException e) {
      return Duration.ZERO;
    }
  }

  /// Evenly on a logarithmic scale: most are quick, some are not.
  private static Duration time(Scenario.Work work, SplittableRandom random) {
    double low = Math.log(Math.max(0.1, work.fastest().toNanos() / 1e6));
    double high = Math.log(Math.max(0.1, work.slowest().toNanos() / 1e6));
    return Duration.ofNanos((long) (Math.exp(low + random.nextDouble() * (high - low)) * 1e6));
  }

  private static String filler(int bytes) {
    return FILLER.repeat(bytes / FILLER.length() + 1).substring(0, bytes);
  }
}
