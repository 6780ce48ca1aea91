package muster.simulator;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The scenario on the command line. Shares are percentages, rates are per device and hour.
final class Knobs {
  @Option(names = "--seed", paramLabel = "N", description = "same seed, same fleet (default: 1)")
  long seed = 1;

  @Option(
      names = "--heartbeat",
      paramLabel = "T",
      description = "time between two samples (default: as the server says)")
  @Nullable Duration heartbeat;

  @Option(
      names = "--clock-drift",
      paramLabel = "PERCENT",
      description = "how wrong the devices' clocks run at most")
  double clockDrift;

  @Option(
      names = "--connects",
      paramLabel = "N",
      description = "connections a second when the fleet turns up (default: 500)")
  int connects = 500;

  @Option(
      names = "--away",
      paramLabel = "PERCENT",
      description = "devices that show up once and are off from then on")
  double away;

  @Option(names = "--fastest", paramLabel = "T", description = "shortest command (default: 5ms)")
  Duration fastest = Scenario.Work.PLAIN.fastest();

  @Option(names = "--slowest", paramLabel = "T", description = "longest command (default: 200ms)")
  Duration slowest = Scenario.Work.PLAIN.slowest();

  @Option(
      names = "--output",
      paramLabel = "BYTES",
      description = "most a command prints beside what it is asked for, up to 1000000")
  int output;

  @Option(
      names = "--failing",
      paramLabel = "PERCENT",
      description = "commands that end with an exit code of 1 to 3")
  double failing;

  @Option(
      names = "--busy",
      paramLabel = "PERCENT",
      description = "deliveries that are refused for now")
  double busy;

  @Option(
      names = "--denied",
      paramLabel = "PERCENT",
      description = "deliveries that are refused for good")
  double denied;

  @Option(
      names = "--mute",
      paramLabel = "PERCENT",
      description = "deliveries that are never answered")
  double mute;

  @Option(names = "--cuts", paramLabel = "RATE", description = "connections that just break")
  double cuts;

  @Option(
      names = "--half-opens",
      paramLabel = "RATE",
      description = "devices that go silent for a minute on an open connection")
  double halfOpens;

  @Option(
      names = "--crashes",
      paramLabel = "RATE",
      description = "agents that are killed; their journal is kept")
  double crashes;

  @Option(
      names = "--wipes",
      paramLabel = "RATE",
      description = "agents that are killed and lose their journal")
  double wipes;

  @Option(names = "--storm", paramLabel = "T", description = "cut the whole fleet at once, every T")
  Duration storm = Duration.ZERO;

  Scenario scenario() {
    return new Scenario(
        seed,
        Optional.ofNullable(heartbeat),
        share("--clock-drift", clockDrift, 0.5),
        (int) positive("--connects", connects),
        share("--away", away, 1),
        new Scenario.Work(
            fastest,
            slowest,
            (int) Math.min(1_000_000, positive("--output", output)),
            share("--failing", failing, 1),
            share("--busy", busy, 1),
            share("--denied", denied, 1),
            share("--mute", mute, 1)),
        new Scenario.Faults(
            positive("--cuts", cuts),
            positive("--half-opens", halfOpens),
            positive("--crashes", crashes),
            positive("--wipes", wipes),
            storm));
  }

  private static double share(String option, double percent, double most) {
    if (percent < 0 || percent > most * 100) {
      throw new IllegalArgumentException(
          "%s: %s (expected: 0..%.0f percent)".formatted(option, percent, most * 100));
    }
    return percent / 100;
  }

  private static double positive(String option, double value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s: %s (expected: not below 0)".formatted(option, value));
    }
    return value;
  }
}
