package muster.api.fleetd;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import muster.fault.Fault;
import muster.fleetd.v1.GetMetricsRequest;
import muster.fleetd.v1.GetMetricsResponse;
import muster.fleetd.v1.MetricSummary;
import muster.telemetry.MetricSeries;
import muster.telemetry.Metrics;
import muster.telemetry.MetricsRequest;

/// Measures over time as fleetd's messages have them.
final class MetricMessages {
  private MetricMessages() {}

  static MetricsRequest request(GetMetricsRequest message) {
    return new MetricsRequest(
        message.getMetricNamesList(),
        message.getAggregation(),
        time("start_time", message.hasStartTime(), () -> Times.instant(message.getStartTime())),
        time("end_time", message.hasEndTime(), () -> Times.instant(message.getEndTime())),
        message.hasInterval()
            ? Optional.of(
                Duration.ofSeconds(
                    message.getInterval().getSeconds(), message.getInterval().getNanos()))
            : Optional.empty(),
        message.getLabelsMap());
  }

  private static Optional<Instant> time(String field, boolean given, Supplier<Instant> time) {
    if (!given) {
      return Optional.empty();
    }
    try {
      Instant instant = time.get();
      if (instant.isAfter(Instant.EPOCH.minusMillis(1)) && instant.isBefore(LATEST)) {
        return Optional.of(instant);
      }
    } catch (DateTimeException | ArithmeticException e) {
      // told below
    }
    throw Fault.invalid(field, "out of bounds", "a time from 1970 to 9999");
  }

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  static GetMetricsResponse response(GetMetricsRequest request, Metrics.Answer answer) {
    GetMetricsResponse.Builder response = GetMetricsResponse.newBuilder();
    MetricSummary.Builder summary =
        MetricSummary.newBuilder()
            .setStartTime(Times.of(answer.start()))
            .setEndTime(Times.of(answer.end()))
            .setSeriesCount(answer.series().size())
            .setDeviceCount(answer.devices());
    long points = 0;
    for (MetricSeries series : answer.series()) {
      response.addSeries(series(series, request.getLabelsMap()));
      summary.putStats(series.metric().word(), stats(series.stats()));
      points += series.points().size();
    }
    return response.setSummary(summary.setPointCount(points)).build();
  }

  private static muster.fleetd.v1.MetricSeries series(
      MetricSeries series, Map<String, String> labels) {
    muster.fleetd.v1.MetricSeries.Builder message =
        muster.fleetd.v1.MetricSeries.newBuilder()
            .setName(series.metric().word())
            .setUnit(series.metric().unit())
            .putAllLabels(labels);
    for (MetricSeries.Point point : series.points()) {
      message.addPoints(
          muster.fleetd.v1.MetricSeries.Point.newBuilder()
              .setTimestamp(Times.of(point.at()))
              .setValue(point.value()));
    }
    return message.build();
  }

  private static MetricSummary.Stats stats(MetricSeries.Stats stats) {
    return MetricSummary.Stats.newBuilder()
        .setCount(stats.count())
        .setSum(stats.sum())
        .setAvg(stats.average())
        .setMin(stats.min())
        .setMax(stats.max())
        .setLast(stats.last())
        .build();
  }
}
