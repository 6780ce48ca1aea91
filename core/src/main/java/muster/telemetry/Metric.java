package muster.telemetry;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import muster.device.Health;

/// What is measured, by fleetd's names (F100).
public enum Metric {
  CPU_USAGE(1, "cpu_usage", "percent", Health::cpuPercent),
  MEMORY_USAGE(2, "memory_usage", "percent", Health::memoryPercent),
  DISK_USAGE(3, "disk_usage", "percent", Health::diskPercent),
  LOAD_1M(4, "load_1m", "", health -> health.loadAverage().stream().findFirst()),
  CPU_TEMPERATURE(5, "cpu_temperature", "celsius", Health::cpuTempCelsius),
  NETWORK_SENT(
      6,
      "network_bytes_sent",
      "bytes/s",
      health -> health.networkBytesSent().map(Long::doubleValue)),
  NETWORK_RECEIVED(
      7,
      "network_bytes_received",
      "bytes/s",
      health -> health.networkBytesReceived().map(Long::doubleValue)),
  /// Of the fleet, by the server's own count.
  DEVICE_ONLINE_COUNT(8, "device_online_count", "devices", health -> Optional.empty());

  /// Those that devices measure.
  static final List<Metric> OF_DEVICES =
      Arrays.stream(values()).filter(metric -> !metric.isOfTheFleet()).toList();

  private static final int LARGEST =
      Arrays.stream(values()).mapToInt(Metric::number).max().orElseThrow();

  private final int number;
  private final String word;
  private final String unit;
  private final Function<Health, Optional<Double>> value;

  /// @param number by which it is stored: never another's
  Metric(int number, String word, String unit, Function<Health, Optional<Double>> value) {
    this.number = number;
    this.word = word;
    this.unit = unit;
    this.value = value;
  }

  int number() {
    return number;
  }

  /// Room for a value of each, by number; NaN stands for none.
  static double[] none() {
    double[] values = new double[LARGEST + 1];
    Arrays.fill(values, Double.NaN);
    return values;
  }

  public String word() {
    return word;
  }

  /// Empty for a plain number.
  public String unit() {
    return unit;
  }

  Optional<Double> of(Health health) {
    return value.apply(health);
  }

  public boolean isOfTheFleet() {
    return this == DEVICE_ONLINE_COUNT;
  }

  /// Whether devices tell a sum that rises, and its rise within a second is what is asked for.
  boolean isCounter() {
    return this == NETWORK_SENT || this == NETWORK_RECEIVED;
  }

  public static Optional<Metric> ofWord(String word) {
    return Arrays.stream(values()).filter(metric -> metric.word.equals(word)).findFirst();
  }
}
