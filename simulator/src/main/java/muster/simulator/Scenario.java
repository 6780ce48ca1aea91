package muster.simulator;

import java.time.Duration;
import java.util.Optional;

/// How a fleet behaves. The same scenario makes the same machines and the same decisions; what the
/// network and the server make of them differs.
///
/// @param seed of the machines and of everything they decide
/// @param heartbeat between two samples; absent = as the server says
/// @param clockDrift how wrong a device's clock runs at most, 0.02 = between 2 % too slow and too
///   fast. The protocol carries no device's time, so this shifts when things are sent
/// @param connectsPerSecond how fast the fleet turns up at first; afterwards the protocol's
///   back-off decides
/// @param away share of the devices that are switched off, 0..1: they show up once and leave
/// @param work what becomes of commands
/// @param faults what goes wrong, and how often
public record Scenario(
    long seed,
    Optional<Duration> heartbeat,
    double clockDrift,
    int connectsPerSecond,
    double away,
    Work work,
    Faults faults) {

  /// @param fastest the shortest time a command without one of its own takes
  /// @param slowest the longest; in between evenly on a logarithmic scale
  /// @param outputBytes the most a command prints, beside what is asked of it
  /// @param failing share that ends with an exit code of 1..3
  /// @param busy share that is refused as busy when delivered
  /// @param denied share that is refused for good
  /// @param mute share of deliveries that are never answered
  public record Work(
      Duration fastest,
      Duration slowest,
      int outputBytes,
      double failing,
      double busy,
      double denied,
      double mute) {
    /// Quick, and nearly everything works.
    public static final Work PLAIN =
        new Work(Duration.ofMillis(5), Duration.ofMillis(200), 0, 0, 0, 0, 0);
  }

  /// Each is a rate per device and hour, at random times; 60 means once a minute.
  ///
  /// @param cuts the connection breaks without a word
  /// @param halfOpens the machine goes silent for 50..70 s while its connection stays open
  /// @param crashes the agent is killed and started again; its journal is kept
  /// @param wipes the agent is killed and its journal is lost, as when the disk is written anew
  /// @param stormEvery how often the whole fleet is cut at once; zero = never
  public record Faults(
      double cuts, double halfOpens, double crashes, double wipes, Duration stormEvery) {
    public static final Faults NONE = new Faults(0, 0, 0, 0, Duration.ZERO);

    double total() {
      return cuts + halfOpens + crashes + wipes;
    }
  }

  /// Everything works.
  public static Scenario calm(long seed) {
    return new Scenario(seed, Optional.empty(), 0, 500, 0, Work.PLAIN, Faults.NONE);
  }

  public Scenario withHeartbeat(Duration period) {
    return new Scenario(
        seed, Optional.of(period), clockDrift, connectsPerSecond, away, work, faults);
  }

  public Scenario withAway(double share) {
    return new Scenario(seed, heartbeat, clockDrift, connectsPerSecond, share, work, faults);
  }

  public Scenario withWork(Work plan) {
    return new Scenario(seed, heartbeat, clockDrift, connectsPerSecond, away, plan, faults);
  }

  public Scenario withFaults(Faults plan) {
    return new Scenario(seed, heartbeat, clockDrift, connectsPerSecond, away, work, plan);
  }
}
