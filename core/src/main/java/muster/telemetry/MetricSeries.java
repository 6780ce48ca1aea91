package muster.telemetry;

import java.time.Instant;
import java.util.List;

/// One measure over time.
///
/// @param points in the order of time; an interval without a sample has none
public record MetricSeries(Metric metric, List<Point> points, Stats stats) {
  /// @param at where its interval begins
  public record Point(Instant at, double value) {}

  /// Of all samples.
  ///
  /// @param last the latest sample
  public record Stats(long count, double sum, double min, double max, double last) {
    public double average() {
      return sum / count;
    }
  }

  public MetricSeries {
    points = List.copyOf(points);
  }
}
