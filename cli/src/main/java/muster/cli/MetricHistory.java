package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which measures, over which time, and what they came to.
final class MetricHistory {
  private static final String GET = "/fleetd.v1.AnalyticsService/GetMetrics";

  private static final List<String> OF_DEVICES =
      List.of(
          "cpu_usage",
          "memory_usage",
          "disk_usage",
          "load_1m",
          "cpu_temperature",
          "network_bytes_received",
          "network_bytes_sent");

  /// What the other columns take at most.
  private static final int BESIDE_TREND = 60;

  private static final int FEWEST_PLACES = 10;
  private static final int MOST_PLACES = 60;

  @Option(
      names = "--since",
      paramLabel = "<time>",
      description = "From then on, instead of live: 1h, 7d or a time as 2026-04-15T14:30:00Z.")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "<time>", description = "Up to then; default: now.")
  private @Nullable String until;

  @Option(
      names = "--metric",
      paramLabel = "<metric>",
      description = "As cpu_usage or device_online_count; may be repeated.")
  private List<String> metrics = List.of();

  @Option(
      names = "--label",
      paramLabel = "<label>=<value>",
      description = "Of devices with that tag, type or metadata; may be repeated.")
  private Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--every",
      paramLabel = "<time>",
      description = "Of a point, as 5m; default: as the width of the trend has it.")
  private @Nullable String every;

  @Option(
      names = "--as",
      paramLabel = "<how>",
      description = "What a point is of its samples: avg, sum, min, max, count, p50, p95 or p99.")
  private @Nullable String aggregation;

  boolean isAskedFor() {
    return since != null;
  }

  /// @throws Failure naming an option that says something of the past
  void requireUnused() {
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--until", until != null);
    given.put("--metric", !metrics.isEmpty());
    given.put("--label", !labels.isEmpty());
    given.put("--every", every != null);
    given.put("--as", aggregation != null);
    given.forEach((option, isGiven) -> {
      if (isGiven) {
        throw new Failure(Exit.USAGE, option + " goes with --since");
      }
    });
  }

  /// @param device whose id; empty = of all that have the labels
  void show(Session session, String device) {
    Instant now = session.terminal().now();
    Instant start = Times.since("--since", since == null ? "" : since, now);
    Instant end = until == null ? now : Times.since("--until", until, now);
    Duration interval =
        every == null
            ? usual(start, end, session.terminal().width())
            : Times.duration("--every", every);
    ObjectNode request =
        Json.object()
            .put("start_time", start.toString())
            .put("interval", interval.toSeconds() + "s");
    request.set("metric_names", Json.array(metrics.isEmpty() ? OF_DEVICES : metrics));
    if (until != null) {
      request.put("end_time", end.toString());
    }
    if (aggregation != null) {
      request.put("aggregation", aggregation);
    }
    ObjectNode all = request.putObject("labels");
    labels.forEach(all::put);
    if (!device.isEmpty()) {
      all.put("device_id", device);
    }
    JsonNode answer = session.api().post(GET, request);
    session.output().table(answer, () -> table(answer, interval));
    if (answer.path("series").isEmpty()) {
      session.output().note("there are no samples of that time");
    }
  }

  /// Whole minutes, for devices tell their measures about twice in one. With a place more than
  /// intervals: the first and the last are parts of one.
  private static Duration usual(Instant start, Instant end, int width) {
    long seconds = Duration.between(start, end).toSeconds();
    int places = Math.clamp(width - BESIDE_TREND, FEWEST_PLACES, MOST_PLACES);
    return Duration.ofMinutes(Math.max(1, Math.ceilDiv(seconds, 60 * (places - 1))));
  }

  private static Table table(JsonNode answer, Duration interval) {
    Table table = new Table("METRIC", "MEAN", "HIGH", "LAST", "TREND").keep("METRIC");
    JsonNode summary = answer.path("summary");
    for (JsonNode series : answer.path("series")) {
      String unit = Json.text(series, "unit");
      JsonNode stats = summary.path("stats").path(Json.text(series, "name"));
      double[] values = values(series, summary, interval);
      String trend = unit.equals("percent") ? Trend.of(values, 100) : Trend.of(values);
      table.row(
          Cell.of(series.path("name")),
          value(stats.path("avg"), unit),
          value(stats.path("max"), unit),
          value(stats.path("last"), unit),
          Cell.of(trend));
    }
    return table;
  }

  /// A place for each interval, NaN where nobody told anything.
  private static double[] values(JsonNode series, JsonNode summary, Duration interval) {
    long first = place(summary.path("startTime"), interval);
    List<Double> values = new ArrayList<>();
    for (JsonNode point : series.path("points")) {
      long place = place(point.path("timestamp"), interval) - first;
      while (values.size() < place) {
        values.add(Double.NaN);
      }
      values.add(point.path("value").asDouble());
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static long place(JsonNode time, Duration interval) {
    return Math.floorDiv(Instant.parse(time.asText()).getEpochSecond(), interval.toSeconds());
  }

  /// A number that is left out is 0, as in all JSON of protobuf.
  private static Cell value(JsonNode number, String unit) {
    double value = number.asDouble();
    return new Cell(Double.toString(value), brief(value, unit), 0);
  }

  private static String brief(double value, String unit) {
    return switch (unit) {
      case "percent" -> String.format(Locale.ROOT, "%.1f %%", value);
      case "celsius" -> String.format(Locale.ROOT, "%.1f °C", value);
      case "bytes/s" -> Progress.size(Math.round(value)) + "/s";
      case "devices" -> String.format(Locale.ROOT, "%.1f", value);
      default -> String.format(Locale.ROOT, "%.2f", value);
    };
  }
}
