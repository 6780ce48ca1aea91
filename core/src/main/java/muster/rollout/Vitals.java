package muster.rollout;

import java.util.OptionalDouble;

/// How one device fares, from the moment its deployment or its device's turn began to now.
///
/// @param gone it is offline
/// @param reconnects how often it connected anew, more than the installation itself explains
/// @param restarted whether the machine started since
/// @param failing it says of itself that something is wrong, and did not before
/// @param cpu percent of the processors now, and `cpuBefore`; absent when unknown
/// @param memory percent of the memory in use now, and `memoryBefore`; absent when unknown
public record Vitals(
    boolean gone,
    int reconnects,
    boolean restarted,
    boolean failing,
    OptionalDouble cpu,
    OptionalDouble cpuBefore,
    OptionalDouble memory,
    OptionalDouble memoryBefore) {

  OptionalDouble cpuRise() {
    return rise(cpu, cpuBefore);
  }

  OptionalDouble memoryRise() {
    return rise(memory, memoryBefore);
  }

  private static OptionalDouble rise(OptionalDouble now, OptionalDouble before) {
    return now.isPresent() && before.isPresent()
        ? OptionalDouble.of(now.getAsDouble() - before.getAsDouble())
        : OptionalDouble.empty();
  }
}
