package muster.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which measures of whom, over which time (F100).
///
/// @param metrics by their names, at least one
/// @param aggregation empty = AVG
/// @param start empty = an hour before the end
/// @param end empty = now
/// @param interval of one point; empty = a hundredth of the time, in whole minutes
/// @param labels of the devices: `device_id`, `type`, `tag` or a key of their metadata
public record MetricsRequest(
    List<String> metrics,
    String aggregation,
    Optional<Instant> start,
    Optional<Instant> end,
    Optional<Duration> interval,
    Map<String, String> labels) {
  public MetricsRequest {
    metrics = List.copyOf(metrics);
    labels = Map.copyOf(labels);
  }
}
