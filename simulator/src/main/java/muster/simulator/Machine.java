package muster.simulator;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import muster.wire.Facts;

/// A made-up machine: what it is called, what it is, what it says of itself. The same for the same
/// seed and number.
///
/// @param number from 0, its place in the fleet
/// @param hwKind `simulated-…`, so that nobody takes it for a real one
/// @param memoryBytes what it has
public record Machine(
    int number,
    String name,
    String hardwareId,
    String hwKind,
    List<String> tags,
    Facts facts,
    long memoryBytes) {
  /// Every virtual device carries it.
  public static final String TAG = "simulated";

  private static final List<String> SITES =
      List.of("frankfurt", "munich", "oslo", "porto", "turin", "vilnius");
  private static final List<String> STAGES = List.of("prod", "prod", "staging", "lab");

  private enum Kind {
    KVM("pikvm", "kvm", "aarch64", 1, "PiKVM (Arch Linux ARM)"),
    BOARD("sbc", "pi", "aarch64", 4, "Debian GNU/Linux 12 (bookworm)"),
    SERVER("server", "srv", "x86_64", 64, "Ubuntu 24.04.2 LTS"),
    CONTAINER("container", "box", "x86_64", 2, "Alpine Linux v3.21");

    private final String type;
    private final String prefix;
    private final String architecture;
    private final int gibibytes;
    private final String os;

    Kind(String type, String prefix, String architecture, int gibibytes, String os) {
      this.type = type;
      this.prefix = prefix;
      this.architecture = architecture;
      this.gibibytes = gibibytes;
      this.os = os;
    }
  }

  public Machine {
    tags = List.copyOf(tags);
  }

  static Machine of(long seed, int number) {
    SplittableRandom random = random(seed, number);
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    String site = SITES.get(random.nextInt(SITES.size()));
    String name = "%s-%s-%05d".formatted(kind.prefix, site, number);
    return new Machine(
        number,
        name,
        "sim-%016x-%d".formatted(seed, number),
        "simulated-" + kind.type,
        List.of(TAG, site, STAGES.get(random.nextInt(STAGES.size()))),
        new Facts(
            Optional.of("0.1." + random.nextInt(3)),
            Optional.of(name),
            Optional.of("linux"),
            Optional.of(kind.architecture),
            Optional.of(kind.os)),
        (long) kind.gibibytes << 30);
  }

  /// Randomness of a machine's own; neighbours' are unrelated.
  static SplittableRandom random(long seed, int number) {
    return new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number * 0xbf58476d1ce4e5b9L);
  }
}
