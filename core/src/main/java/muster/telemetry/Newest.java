package muster.telemetry;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.telemetry.Metrics.Latest;

/// The latest sample of one metric, of each stream. A counter's is its rate since the one before.
final class Newest {
  private static final double SECOND = 1000;

  private final Metric metric;
  private final long since;
  private final Map<String, Told> told = new HashMap<>();

  /// The last two samples of a stream.
  private record Told(long at, double value, long before, double valueBefore) {
    /// Empty for a counter's first.
    Optional<Double> of(Metric metric) {
      if (!metric.isCounter()) {
        return Optional.of(value);
      }
      boolean isFirst = before == Long.MIN_VALUE || at <= before;
      double rise = value < valueBefore ? value : value - valueBefore;
      return isFirst ? Optional.empty() : Optional.of(rise / ((at - before) / SECOND));
    }
  }

  /// @param since what is older does not count
  Newest(Metric metric, Instant since) {
    this.metric = metric;
    this.since = since.toEpochMilli();
  }

  /// The samples of a stream, behind those that were added before.
  void add(String stream, Chunk.Series series) {
    for (int i = 0; i < series.size(); i++) {
      long at = series.times()[i];
      double value = series.values()[i];
      if (!Double.isNaN(value) && at >= since) {
        told.merge(
            stream,
            new Told(at, value, Long.MIN_VALUE, 0),
            (before, now) -> new Told(now.at, now.value, before.at, before.value));
      }
    }
  }

  List<Latest> ofEach() {
    List<Latest> latest = new ArrayList<>();
    told.forEach((stream, one) ->
        one.of(metric)
            .ifPresent(value ->
                latest.add(
                    new Latest(metric, Optional.of(stream), value, Instant.ofEpochMilli(one.at)))));
    return latest;
  }

  /// Of those that were told since then; empty of none.
  Optional<Latest> mean(Instant fresh) {
    List<Latest> counted = ofEach().stream().filter(one -> !one.at().isBefore(fresh)).toList();
    return counted.stream()
        .map(Latest::at)
        .max(Instant::compareTo)
        .map(at ->
            new Latest(
                metric,
                Optional.empty(),
                counted.stream().mapToDouble(Latest::value).average().orElseThrow(),
                at));
  }
}
