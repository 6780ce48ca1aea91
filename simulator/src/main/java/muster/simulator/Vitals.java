package muster.simulator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import muster.wire.Health;

/// A machine's measures, drifting from sample to sample as real ones do: load wanders around a
/// level of the machine's own, memory and disk move slowly, counters only grow. For one thread.
final class Vitals {
  private final SplittableRandom random;
  private final long memoryBytes;
  private final double usualCpu;
  private double cpu;
  private double memory;
  private double disk;
  private double load;
  private long sent;
  private long received;
  private long uptimeSeconds;

  Vitals(SplittableRandom random, long memoryBytes) {
    this.random = random;
    this.memoryBytes = memoryBytes;
    usualCpu = 5 + 60 * random.nextDouble() * random.nextDouble();
    cpu = usualCpu;
    memory = 20 + 60 * random.nextDouble();
    disk = 10 + 80 * random.nextDouble();
    load = cpu / 25;
    uptimeSeconds = random.nextLong(60, 90L * 86_400);
  }

  /// The host was started anew.
  void rebooted() {
    uptimeSeconds = 20;
    sent = 0;
    received = 0;
  }

  Health next(double seconds) {
    cpu = wander(cpu + 0.2 * (usualCpu - cpu), 6);
    memory = wander(memory, 1);
    disk = wander(disk, 0.05);
    load += 0.2 * (cpu / 25 - load);
    uptimeSeconds += Math.round(seconds);
    sent += (long) (seconds * 2_000 * random.nextDouble());
    received += (long) (seconds * 9_000 * random.nextDouble());
    return new Health(
        OptionalDouble.of(oneDecimal(cpu)),
        OptionalDouble.of(oneDecimal(memory)),
        OptionalDouble.of(oneDecimal(disk)),
        List.of(twoDecimals(load), twoDecimals(load * 0.9), twoDecimals(load * 0.8)),
        OptionalLong.of(uptimeSeconds),
        OptionalDouble.of(oneDecimal(38 + cpu / 3)),
        OptionalLong.of(memoryBytes),
        Optional.of(new Health.Network(sent, received)));
  }

  private double wander(double value, double step) {
    return Math.clamp(value + step * (random.nextDouble() * 2 - 1), 0.1, 99.9);
  }

  private static double oneDecimal(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private static double twoDecimals(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
