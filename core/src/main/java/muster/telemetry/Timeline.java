package muster.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.telemetry.MetricSeries.Point;
import muster.telemetry.MetricSeries.Stats;

/// Puts the samples of one metric, of all streams that are asked about, into intervals. A counter's
/// samples become its rate since the one before: after a reset it counts from 0, and over a gap of
/// more than [#GAP] there is none.
final class Timeline {
  /// What is longer is no interval between two samples.
  static final Duration GAP = Duration.ofMinutes(10);

  private static final double SECOND = 1000;

  private final Metric metric;
  private final Aggregation aggregation;
  private final long start;
  private final long end;
  private final long interval;
  private final KeptValues kept;
  private final TreeMap<Long, Bucket> buckets = new TreeMap<>();
  private final Map<String, Before> before = new HashMap<>();
  private long closedBefore = Long.MIN_VALUE;
  private long lastAt = Long.MIN_VALUE;
  private double last;

  private record Before(long at, double value) {}

  /// @param start the first millisecond of interest
  /// @param end the first that is not
  /// @param kept of all timelines of an answer
  Timeline(
      Metric metric,
      Aggregation aggregation,
      Instant start,
      Instant end,
      Duration interval,
      KeptValues kept) {
    this.metric = metric;
    this.aggregation = aggregation;
    this.start = start.toEpochMilli();
    this.end = end.toEpochMilli();
    this.interval = interval.toMillis();
    this.kept = kept;
  }

  /// The samples of a stream in an hour: in the order of time, behind those that were added before.
  ///
  /// @param hour since 1970, not before that of the last call; samples that are older by more than
  ///   an hour, as a clock that was set back leaves them, are passed over
  void add(long hour, String stream, Chunk.Series series) {
    closeBefore(Sample.beginOf(hour - 1));
    for (int i = 0; i < series.size(); i++) {
      double value = series.values()[i];
      if (!Double.isNaN(value)) {
        add(stream, series.times()[i], value);
      }
    }
  }

  private void closeBefore(long time) {
    if (time > closedBefore) {
      long first = Math.floorDiv(closedBefore, interval);
      buckets.subMap(first, Math.floorDiv(time, interval)).values().forEach(Bucket::close);
      closedBefore = time;
    }
  }

  private void add(String stream, long at, double told) {
    double value = told;
    if (metric.isCounter()) {
      Before previous = before.put(stream, new Before(at, told));
      if (previous == null || at <= previous.at || at - previous.at > GAP.toMillis()) {
        return;
      }
      double rise = told < previous.value ? told : told - previous.value;
      value = rise / ((at - previous.at) / SECOND);
    }
    if (at < Math.max(start, closedBefore) || at >= end) {
      return;
    }
    buckets
        .computeIfAbsent(Math.floorDiv(at, interval), any -> new Bucket(aggregation, kept))
        .add(value);
    if (at >= lastAt) {
      lastAt = at;
      last = value;
    }
  }

  /// Empty without a sample.
  Optional<MetricSeries> series() {
    if (buckets.isEmpty()) {
      return Optional.empty();
    }
    List<Point> points = new ArrayList<>();
    long count = 0;
    double sum = 0;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (Map.Entry<Long, Bucket> entry : buckets.entrySet()) {
      Bucket bucket = entry.getValue();
      points.add(new Point(Instant.ofEpochMilli(entry.getKey() * interval), bucket.value()));
      count += bucket.count();
      sum += bucket.sum();
      min = Math.min(min, bucket.min());
      max = Math.max(max, bucket.max());
    }
    return Optional.of(new MetricSeries(metric, points, new Stats(count, sum, min, max, last)));
  }
}
