package muster.device;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How a device is, judged by its presence, what it says it goes through and its last measures.
///
/// @param status the worst of the checks
/// @param at when it was judged
public record Verdict(Status status, List<Check> checks, Instant at) {
  /// The names of the checks.
  public static final String PRESENCE = "presence";

  public static final String CONDITION = "condition";
  public static final String CPU = "cpu_usage";
  public static final String MEMORY = "memory_usage";
  public static final String DISK = "disk_usage";

  /// From which share on, in percent, somebody should look, and from which on somebody must.
  private static final double CPU_WARNING = 90;

  private static final double CPU_CRITICAL = 98;
  private static final double FULL_WARNING = 85;
  private static final double FULL_CRITICAL = 95;

  /// From the best to the worst, with fleetd's scores.
  public enum Status {
    HEALTHY(1.0),
    /// Nothing is known that is not too old.
    UNKNOWN(0.5),
    WARNING(0.8),
    CRITICAL(0.0);

    private final double score;

    Status(double score) {
      this.score = score;
    }

    public double score() {
      return score;
    }
  }

  /// One thing that was looked at.
  ///
  /// @param value in percent
  /// @param threshold of the value, the one that was passed or else the first
  public record Check(
      String name,
      Status status,
      String message,
      Optional<Double> value,
      Optional<Double> threshold,
      Optional<Instant> measuredAt) {}

  public Verdict {
    checks = List.copyOf(checks);
  }

  /// The checks that are not well, in words.
  public List<String> warnings() {
    return checks.stream()
        .filter(check -> check.status() != Status.HEALTHY)
        .map(Check::message)
        .toList();
  }

  public static Verdict of(Device device, Instant now) {
    List<Check> checks = new ArrayList<>();
    checks.add(presence(device, now));
    checks.add(condition(device));
    Optional<Health> health = device.state().health();
    checks.add(
        share(CPU, health.flatMap(Health::cpuPercent), health, CPU_WARNING, CPU_CRITICAL, now));
    checks.add(
        share(
            MEMORY,
            health.flatMap(Health::memoryPercent),
            health,
            FULL_WARNING,
            FULL_CRITICAL,
            now));
    checks.add(
        share(DISK, health.flatMap(Health::diskPercent), health, FULL_WARNING, FULL_CRITICAL, now));
    return of(checks, now);
  }

  /// What several checks come to.
  ///
  /// @param checks at least one
  public static Verdict of(List<Check> checks, Instant now) {
    Status worst = checks.stream().map(Check::status).max(Comparator.naturalOrder()).orElseThrow();
    return new Verdict(worst, checks, now);
  }

  private static Check presence(Device device, Instant now) {
    Presence presence = Presence.of(device, now);
    Status status =
        switch (presence.state()) {
          case ONLINE -> Status.HEALTHY;
          case UNKNOWN -> Status.UNKNOWN;
          case OFFLINE -> Status.CRITICAL;
        };
    return new Check(
        PRESENCE,
        status,
        presence.state().name().toLowerCase(Locale.ROOT) + ": " + presence.reason(),
        Optional.empty(),
        Optional.empty(),
        device.state().lastSeen());
  }

  private static Check condition(Device device) {
    return new Check(
        CONDITION,
        device.condition() == Condition.ERROR ? Status.CRITICAL : Status.HEALTHY,
        "condition " + device.condition().word(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Check share(
      String name,
      Optional<Double> value,
      Optional<Health> health,
      double warning,
      double critical,
      Instant now) {
    Optional<Instant> at = health.map(Health::at);
    boolean fresh = at.filter(time -> time.isAfter(now.minus(DeviceFields.FRESH))).isPresent();
    if (value.isEmpty() || !fresh) {
      String what = value.isEmpty() ? "never measured" : "not measured for " + ago(at.get(), now);
      return new Check(name, Status.UNKNOWN, name + ": " + what, value, Optional.of(warning), at);
    }
    double share = value.get();
    Status status =
        share >= critical ? Status.CRITICAL : share >= warning ? Status.WARNING : Status.HEALTHY;
    double threshold = status == Status.CRITICAL ? critical : warning;
    String message =
        String.format(Locale.ROOT, "%s: %.1f %% (expected: under %.0f %%)", name, share, threshold);
    return new Check(name, status, message, value, Optional.of(threshold), at);
  }

  private static String ago(Instant at, Instant now) {
    return Math.max(0, Duration.between(at, now).toMinutes()) + " minutes";
  }
}
