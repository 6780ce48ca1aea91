package muster.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.filter.Order;
import muster.id.DeviceId;
import muster.page.Page;
import muster.page.PageRequest;

/// What the fleet measured over time, for people and programs (F100). The samples of all devices
/// that are asked about come to one point an interval; intervals begin at multiples of their length
/// since 1970.
public final class Metrics {
  public static final int MOST_POINTS = 11_000;

  /// Of how many devices the latest measures are told, each by itself.
  public static final int MOST_TOLD = 1_000;

  /// How many may be named.
  public static final int MOST_NAMED = 100;

  /// What is older is not how a fleet is now.
  private static final Duration FRESH = Duration.ofMinutes(2);

  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration USUAL_TIME = Duration.ofHours(1);
  private static final int USUAL_POINTS = 100;
  private static final int READ_AT_ONCE = 1_000;

  /// Each takes a processor, and memory for the samples of its percentiles.
  private static final int ANSWERED_AT_ONCE = 2;

  private final Telemetry telemetry;
  private final Devices devices;
  private final InstantSource clock;
  private final Semaphore answering = new Semaphore(ANSWERED_AT_ONCE, true);

  public Metrics(Telemetry telemetry, Devices devices, InstantSource clock) {
    this.telemetry = telemetry;
    this.devices = devices;
    this.clock = clock;
  }

  /// @param devices how many devices had samples in that time
  public record Answer(Instant start, Instant end, List<MetricSeries> series, int devices) {}

  private record Span(Instant start, Instant end, Duration interval) {}

  /// The series in the order of their names in the request; a metric without a sample has none.
  ///
  /// @throws Fault INVALID_ARGUMENT naming the field
  public Answer get(Caller caller, MetricsRequest request) {
    Access.require(caller, Permission.ANALYTICS_VIEW);
    Set<Metric> metrics = metrics(request.metrics());
    Aggregation aggregation = aggregation(request.aggregation());
    Span span = span(request);
    boolean isPart = !request.labels().isEmpty() || caller.scope().isPresent();
    requireWhole(metrics, isPart);
    Optional<Set<String>> streams =
        isPart ? Optional.of(ids(caller, filter(request.labels()))) : Optional.empty();
    answering.acquireUninterruptibly();
    try {
      return answer(metrics, aggregation, span, streams);
    } finally {
      answering.release();
    }
  }

  private Answer answer(
      Set<Metric> metrics, Aggregation aggregation, Span span, Optional<Set<String>> streams) {
    List<MetricSeries> series = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    if (aggregation.percent().isPresent()) {
      // One after another: they keep much.
      for (Metric metric : metrics) {
        series.addAll(series(List.of(metric), aggregation, span, streams, seen));
      }
    } else {
      series.addAll(series(List.copyOf(metrics), aggregation, span, streams, seen));
    }
    return new Answer(span.start, span.end, series, seen.size());
  }

  private List<MetricSeries> series(
      List<Metric> metrics,
      Aggregation aggregation,
      Span span,
      Optional<Set<String>> streams,
      Set<String> seen) {
    Map<Metric, Timeline> timelines = new LinkedHashMap<>();
    KeptValues kept = new KeptValues();
    for (Metric metric : metrics) {
      timelines.put(
          metric, new Timeline(metric, aggregation, span.start, span.end, span.interval, kept));
    }
    // A counter's first rate wants the sample before.
    telemetry.read(
        span.start.minus(Timeline.GAP),
        span.end,
        streams,
        metrics,
        (hour, stream, metric, series) -> {
          Objects.requireNonNull(timelines.get(metric)).add(hour, stream, series);
          if (!stream.equals(Sample.FLEET) && isWithin(series, span)) {
            seen.add(stream);
          }
        });
    return timelines.values().stream().flatMap(timeline -> timeline.series().stream()).toList();
  }

  private static boolean isWithin(Chunk.Series series, Span span) {
    long start = span.start.toEpochMilli();
    long end = span.end.toEpochMilli();
    return Arrays.stream(series.times(), 0, series.size()).anyMatch(at -> at >= start && at < end);
  }

  /// What is asked for of the present.
  ///
  /// @param metrics by their words, at least one
  /// @param devices by id; empty = not only these
  /// @param filter over devices
  public record NowRequest(List<String> metrics, Set<String> devices, Optional<Filter> filter) {
    boolean isWhole() {
      return devices.isEmpty() && filter.isEmpty();
    }
  }

  /// A measure as it was told last.
  ///
  /// @param device empty for one of the whole fleet, which is the mean of its devices' but for
  ///   `device_online_count`
  /// @param at when, of several devices the latest
  public record Latest(Metric metric, Optional<String> device, double value, Instant at) {}

  /// The latest measures, of the last 10 minutes, of these devices and of those that match. Of the
  /// fleet, or what the caller may see of it, when neither is given; then those of the last 2
  /// minutes count.
  ///
  /// @throws Fault INVALID_ARGUMENT naming the field
  public List<Latest> latest(Caller caller, NowRequest request) {
    Access.require(caller, Permission.ANALYTICS_VIEW);
    Set<Metric> metrics = metrics(request.metrics());
    requireWhole(metrics, !request.isWhole() || caller.scope().isPresent());
    Optional<Set<String>> streams = streams(caller, request);
    Instant now = clock.instant();
    Map<Metric, Newest> newest = new LinkedHashMap<>();
    metrics.forEach(metric -> newest.put(metric, new Newest(metric, now.minus(Timeline.GAP))));
    answering.acquireUninterruptibly();
    try {
      telemetry.read(
          now.minus(Timeline.GAP),
          now,
          streams,
          List.copyOf(metrics),
          (hour, stream, metric, series) ->
              Objects.requireNonNull(newest.get(metric)).add(stream, series));
    } finally {
      answering.release();
    }
    return newest.values().stream()
        .flatMap(
            one -> request.isWhole() ? one.mean(now.minus(FRESH)).stream() : one.ofEach().stream())
        .toList();
  }

  /// Empty = of all there are.
  private Optional<Set<String>> streams(Caller caller, NowRequest request) {
    if (request.isWhole()) {
      return caller.scope().map(scope -> ids(caller, Filter.ALL));
    }
    Set<String> ids = request.filter().map(filter -> ids(caller, filter)).orElseGet(HashSet::new);
    if (ids.size() > MOST_TOLD) {
      throw Fault.invalid(
          "filter", "%,d devices".formatted(ids.size()), "at most %,d".formatted(MOST_TOLD));
    }
    if (request.devices().size() > MOST_NAMED) {
      throw Fault.invalid("device_ids", request.devices().size() + " ids", "at most " + MOST_NAMED);
    }
    request.devices().stream()
        .filter(DeviceId::isValid)
        .filter(id -> devices.lookUp(caller, new DeviceId(id)).isPresent())
        .forEach(ids::add);
    return Optional.of(ids);
  }

  private static Set<Metric> metrics(List<String> names) {
    String known =
        Arrays.stream(Metric.values()).map(Metric::word).collect(Collectors.joining(", "));
    if (names.isEmpty()) {
      throw Fault.invalid("metric_names", "", "one or more of " + known);
    }
    Set<Metric> metrics = new LinkedHashSet<>();
    for (String name : names) {
      metrics.add(
          Metric.ofWord(name)
              .orElseThrow(() -> Fault.invalid("metric_names", name, "one or more of " + known)));
    }
    return metrics;
  }

  private static Aggregation aggregation(String name) {
    return name.isEmpty()
        ? Aggregation.AVG
        : Aggregation.ofName(name)
            .orElseThrow(() ->
                Fault.invalid(
                    "aggregation",
                    name,
                    Arrays.stream(Aggregation.values())
                        .map(Enum::name)
                        .collect(Collectors.joining(", "))));
  }

  private Span span(MetricsRequest request) {
    Instant end = request.end().orElseGet(clock::instant);
    Instant start = request.start().orElseGet(() -> end.minus(USUAL_TIME));
    if (!end.isAfter(start)) {
      throw Fault.invalid("end_time", end, "after start_time " + start);
    }
    Duration time = Duration.between(start, end);
    Duration interval =
        request
            .interval()
            .orElseGet(() -> Duration.ofMinutes(Math.max(1, time.toMinutes() / USUAL_POINTS)));
    if (interval.compareTo(SHORTEST) < 0) {
      throw Fault.invalid("interval", interval.toMillis() / 1000.0 + " s", "at least 1 s");
    }
    long points = time.dividedBy(interval) + 1;
    if (points > MOST_POINTS) {
      throw Fault.invalid(
          "interval",
          "%d s, which is %,d points".formatted(interval.toSeconds(), points),
          "at most %,d points".formatted(MOST_POINTS));
    }
    return new Span(start, end, interval);
  }

  private static void requireWhole(Set<Metric> metrics, boolean isPart) {
    if (isPart) {
      metrics.stream()
          .filter(Metric::isOfTheFleet)
          .findFirst()
          .ifPresent(metric -> {
            throw Fault.invalid(
                "metric_names",
                metric.word(),
                "without labels and by a key without a scope: it is counted of the whole fleet");
          });
    }
  }

  private static Filter filter(Map<String, String> labels) {
    Filter[] parts =
        labels.entrySet().stream()
            .map(label -> DeviceFields.filter("labels", term(label.getKey(), label.getValue())))
            .toArray(Filter[]::new);
    return Filter.and(parts);
  }

  private static String term(String label, String value) {
    String field =
        switch (label) {
          case "device_id" -> "id";
          case "type", "tag" -> label;
          default -> "metadata." + label;
        };
    return field + ":\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private Set<String> ids(Caller caller, Filter filter) {
    Set<String> ids = new HashSet<>();
    Optional<PageRequest> next = Optional.of(PageRequest.first(READ_AT_ONCE));
    while (next.isPresent()) {
      Page<Device> page = devices.walk(caller, filter, Order.BY_ID, next.get());
      page.items().forEach(device -> ids.add(device.id().value()));
      next = page.next().map(cursor -> new PageRequest(READ_AT_ONCE, Optional.of(cursor)));
    }
    return ids;
  }
}
