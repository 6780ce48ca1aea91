package muster.agent.facts;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import muster.wire.Health;

/// Measures the host for one heartbeat after the other. Not for use by several threads: the
/// processor's share is that of the time since the sample before (the first sample: since boot).
public final class HealthSampler {
  private final HostFiles files;
  private final Temperature temperature;
  private final File disk;
  private CpuTimes before = CpuTimes.ZERO;

  /// @param root where `proc` and `sys` are
  /// @param disk a directory of the file system to report
  public HealthSampler(Path root, Path disk) {
    files = new HostFiles(root);
    temperature = new Temperature(files);
    this.disk = disk.toFile();
  }

  /// Whatever cannot be measured is absent.
  public Health sample() {
    String memory = files.text("proc/meminfo").orElse("");
    OptionalLong total = kilobytes(memory, "MemTotal:");
    return new Health(
        cpu(),
        memoryPercent(total, kilobytes(memory, "MemAvailable:")),
        diskPercent(),
        load(),
        uptime(),
        temperature.celsius(),
        total,
        files.text("proc/net/dev").flatMap(HealthSampler::network));
  }

  private OptionalDouble cpu() {
    Optional<CpuTimes> now = files.line("proc/stat").flatMap(CpuTimes::parse);
    if (now.isEmpty()) {
      return OptionalDouble.empty();
    }
    OptionalDouble share = now.get().busySince(before);
    before = now.get();
    return share;
  }

  private static OptionalDouble memoryPercent(OptionalLong total, OptionalLong available) {
    if (total.isEmpty() || available.isEmpty()) {
      return OptionalDouble.empty();
    }
    return percent(total.getAsLong() - available.getAsLong(), total.getAsLong());
  }

  /// As df(1) counts: what only root may use is neither used nor free.
  private OptionalDouble diskPercent() {
    long used = disk.getTotalSpace() - disk.getFreeSpace();
    return percent(used, used + disk.getUsableSpace());
  }

  private List<Double> load() {
    String[] words = files.line("proc/loadavg").orElse("").split(" ");
    try {
      return words.length < 3
          ? List.of()
          : Arrays.stream(words).limit(3).map(Double::valueOf).toList();
    } catch (NumberFormatException e) {
      return List.of();
    }
  }

  private OptionalLong uptime() {
    String line = files.line("proc/uptime").orElse("");
    int dot = line.indexOf('.');
    return dot > 0 ? number(line.substring(0, dot)) : OptionalLong.empty();
  }

  /// Sums the interfaces of `/proc/net/dev` but the loopback.
  private static Optional<Health.Network> network(String text) {
    long received = 0;
    long sent = 0;
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
        continue;
      }
      String[] counters = line.substring(colon + 1).strip().split("\\s+");
      if (counters.length > 8) {
        received += Math.max(0, number(counters[0]).orElse(0));
        sent += Math.max(0, number(counters[8]).orElse(0));
      }
    }
    return received < 0 || sent < 0
        ? Optional.empty()
        : Optional.of(new Health.Network(sent, received));
  }

  /// The value of a line such as `MemTotal: 8167936 kB`, in bytes.
  private static OptionalLong kilobytes(String meminfo, String key) {
    return meminfo
        .lines()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).replace("kB", "").strip())
        .map(HealthSampler::number)
        .flatMapToLong(OptionalLong::stream)
        .map(kilobytes -> kilobytes * 1024)
        .filter(bytes -> bytes > 0)
        .findFirst();
  }

  static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /// One decimal, within 0..100; empty when there is no whole.
  static OptionalDouble percent(long part, long whole) {
    if (whole <= 0) {
      return OptionalDouble.empty();
    }
    double exact = Math.max(0, Math.min(100, 100.0 * part / whole));
    return OptionalDouble.of(Math.round(exact * 10) / 10.0);
  }
}
