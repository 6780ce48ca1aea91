package muster.agent.facts;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The first line of `/proc/stat`: how long all processors together were busy and idle, in ticks
/// since boot.
record CpuTimes(long busy, long idle) {
  static final CpuTimes ZERO = new CpuTimes(0, 0);

  /// `user nice system idle iowait irq softirq steal …`; guest times are part of user already.
  private static final int IDLE = 3;

  private static final int IOWAIT = 4;
  private static final int COUNTED = 8;

  static Optional<CpuTimes> parse(String line) {
    String[] words = line.split("\\s+");
    if (words.length <= IDLE + 1 || !words[0].equals("cpu")) {
      return Optional.empty();
    }
    long busy = 0;
    long idle = 0;
    for (int i = 0; i < Math.min(COUNTED, words.length - 1); i++) {
      OptionalLong ticks = HealthSampler.number(words[i + 1]);
      if (ticks.isEmpty()) {
        return Optional.empty();
      }
      if (i == IDLE || i == IOWAIT) {
        idle += ticks.getAsLong();
      } else {
        busy += ticks.getAsLong();
      }
    }
    return Optional.of(new CpuTimes(busy, idle));
  }

  /// The busy share since an earlier sample in percent; empty when no tick has passed. The kernel
  /// lets iowait run backwards at times: that counts as no idle time.
  OptionalDouble busySince(CpuTimes before) {
    long busyTicks = Math.max(0, busy - before.busy);
    long idleTicks = Math.max(0, idle - before.idle);
    return HealthSampler.percent(busyTicks, busyTicks + idleTicks);
  }
}
