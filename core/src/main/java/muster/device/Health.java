package muster.device;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One sample of a device's measures, as the server received it at `at`. Percentages are 0–100,
/// sizes bytes, `loadAverage` is empty or the averages over 1, 5 and 15 minutes.
public record Health(
    Instant at,
    Optional<Double> cpuPercent,
    Optional<Double> memoryPercent,
    Optional<Double> diskPercent,
    List<Double> loadAverage,
    Optional<Long> uptimeSeconds,
    Optional<Double> cpuTempCelsius,
    Optional<Long> memoryTotalBytes,
    Optional<Long> networkBytesSent,
    Optional<Long> networkBytesReceived) {
  public Health {
    loadAverage = List.copyOf(loadAverage);
  }
}
