package muster.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import muster.device.Health;
import muster.fault.Fault;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What comes out is what went in: held against the plain list of all samples, over hours, starts
/// and crashes between any two writes. Seeded; `-Dmuster.seed=` repeats a run.
class TelemetryTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final Instant BEGIN = Instant.parse("2026-04-15T14:55:00Z");
  private static final Duration DAYS = Duration.ofDays(3);

  private Instant now = BEGIN;
  private final MemoryStore store = new MemoryStore();
  private Telemetry telemetry = started();
  private final List<Taken> taken = new ArrayList<>();

  /// One number, as the reference has it.
  private record Taken(String device, Metric metric, long at, double value) {}

  /// Durable at once; dies before a write when it is told to.
  private static final class MemoryStore implements TelemetryStore {
    private final List<Map.Entry<Long, byte[]>> log = new ArrayList<>();
    private final SortedMap<Long, Map<String, byte[]>> chunks = new TreeMap<>();
    private int writesLeft = Integer.MAX_VALUE;
    private Runnable beforeScan = () -> {};

    private void write() {
      if (writesLeft-- == 0) {
        throw new IllegalStateException("killed");
      }
    }

    @Override
    public void log(long hour, byte[] samples) {
      write();
      log.add(Map.entry(hour, samples));
    }

    @Override
    public void replay(BiConsumer<Long, byte[]> each) {
      log.forEach(entry -> each.accept(entry.getKey(), entry.getValue()));
    }

    @Override
    public void seal(long hour, Map<String, byte[]> sealed) {
      write();
      chunks.computeIfAbsent(hour, any -> new TreeMap<>()).putAll(sealed);
    }

    @Override
    public void forgetLog(long hour) {
      write();
      log.removeIf(entry -> entry.getKey() == hour);
    }

    @Override
    public void scan(long from, long to, Optional<Set<String>> streams, Visitor visitor) {
      beforeScan.run();
      chunks
          .subMap(from, to + 1)
          .forEach((hour, all) ->
              all.forEach((stream, chunk) -> {
                if (streams.isEmpty() || streams.get().contains(stream)) {
                  visitor.chunk(hour, stream, chunk);
                }
              }));
    }

    @Override
    public int drop(long before, int limit) {
      int count = chunks.headMap(before).values().stream().mapToInt(Map::size).sum();
      chunks.headMap(before).clear();
      return count;
    }

    @Override
    public void forget(Set<String> streams) {
      write();
      chunks.values().forEach(hour -> hour.keySet().removeAll(streams));
    }
  }

  private Telemetry started() {
    return new Telemetry(store, () -> 0, () -> now);
  }

  private void sample(String device, double cpu, long sent) {
    Health health =
        new Health(
            now,
            Optional.of(cpu),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(sent),
            Optional.empty());
    telemetry.take(new DeviceId(device), health);
    taken.add(new Taken(device, Metric.CPU_USAGE, now.toEpochMilli(), cpu));
    taken.add(new Taken(device, Metric.NETWORK_SENT, now.toEpochMilli(), sent));
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private Optional<MetricSeries> series(
      Metric metric, Aggregation aggregation, Instant start, Instant end, Duration interval) {
    Timeline timeline = new Timeline(metric, aggregation, start, end, interval, new KeptValues());
    telemetry.read(
        start.minus(Timeline.GAP),
        end,
        Optional.empty(),
        List.of(metric),
        (hour, stream, which, series) -> timeline.add(hour, stream, series));
    return timeline.series();
  }

  @ParameterizedTest
  @EnumSource
  void answers_areThoseOfThePlainList(Aggregation aggregation) {
    Random random = new Random(SEED + aggregation.ordinal());
    Map<String, Long> sent = new HashMap<>();
    int kills = 0;
    for (int step = 0; step < 1_500; step++) {
      pass(
          Duration.ofSeconds(
              random.nextInt(20) == 0 ? random.nextInt(3_000) : 1 + random.nextInt(40)));
      String device = "dev-" + random.nextInt(3);
      long before = sent.getOrDefault(device, 0L);
      long more = random.nextInt(30) == 0 ? random.nextInt(100) : before + random.nextInt(9_000);
      sent.put(device, more);
      sample(device, Math.round(random.nextDouble() * 1_000) / 10.0, more);
      telemetry.tick();
      if (random.nextInt(30) == 0) {
        kills += kill(random);
      }
    }
    assertThat(kills).isPositive();
    for (int question = 0; question < 30; question++) {
      Duration span = Duration.between(BEGIN, now);
      Instant start = BEGIN.plusSeconds(random.nextLong(span.toSeconds()));
      Instant end = start.plusSeconds(1 + random.nextLong(span.toSeconds()));
      Duration interval = Duration.ofSeconds(1 + random.nextInt(7_000));
      for (Metric metric : List.of(Metric.CPU_USAGE, Metric.NETWORK_SENT)) {
        Optional<MetricSeries> answer = series(metric, aggregation, start, end, interval);
        TreeMap<Long, List<Double>> expected = reference(metric, start, end, interval);
        assertThat(answer.isPresent()).as("seed %d", SEED).isEqualTo(!expected.isEmpty());
        answer.ifPresent(found -> assertSame(found, expected, aggregation, interval));
      }
    }
  }

  /// The server dies before one of the next writes, which takes nothing that was there before.
  private int kill(Random random) {
    store.writesLeft = random.nextInt(3);
    now = now.plus(Duration.ofMinutes(random.nextInt(90)));
    int kills = 0;
    try {
      telemetry.tick();
    } catch (IllegalStateException killed) {
      kills++;
    }
    store.writesLeft = Integer.MAX_VALUE;
    telemetry = started();
    return kills;
  }

  private TreeMap<Long, List<Double>> reference(
      Metric metric, Instant start, Instant end, Duration interval) {
    Map<String, Taken> before = new HashMap<>();
    TreeMap<Long, List<Double>> buckets = new TreeMap<>();
    for (Taken one : taken) {
      if (one.metric != metric) {
        continue;
      }
      double value = one.value;
      if (metric == Metric.NETWORK_SENT) {
        Taken previous = before.put(one.device, one);
        if (previous == null || one.at - previous.at > 600_000) {
          continue;
        }
        double rise = value < previous.value ? value : value - previous.value;
        value = rise * 1000 / (one.at - previous.at);
      }
      if (one.at >= start.toEpochMilli() && one.at < end.toEpochMilli()) {
        long begin = one.at / interval.toMillis() * interval.toMillis();
        buckets.computeIfAbsent(begin, any -> new ArrayList<>()).add(value);
      }
    }
    return buckets;
  }

  private static void assertSame(
      MetricSeries answer,
      TreeMap<Long, List<Double>> expected,
      Aggregation aggregation,
      Duration interval) {
    assertThat(answer.points().stream().map(point -> point.at().toEpochMilli()))
        .as("seed %d, %s", SEED, interval)
        .containsExactlyElementsOf(expected.keySet());
    int i = 0;
    for (List<Double> values : expected.values()) {
      double value = plain(aggregation, values);
      assertThat(answer.points().get(i++).value())
          .as("seed %d, %s", SEED, aggregation)
          .isCloseTo(value, within(Math.abs(value) * 1e-9));
    }
    List<Double> all = expected.values().stream().flatMap(List::stream).toList();
    assertThat(answer.stats().count()).isEqualTo(all.size());
    assertThat(answer.stats().min()).isEqualTo(plain(Aggregation.MIN, all));
    assertThat(answer.stats().max()).isEqualTo(plain(Aggregation.MAX, all));
    assertThat(answer.stats().last()).isEqualTo(expected.lastEntry().getValue().getLast());
  }

  private static double plain(Aggregation aggregation, List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return switch (aggregation) {
      case AVG -> Arrays.stream(sorted).average().orElseThrow();
      case SUM -> Arrays.stream(sorted).sum();
      case MIN -> sorted[0];
      case MAX -> sorted[sorted.length - 1];
      case COUNT -> sorted.length;
      case P50 -> sorted[(int) Math.ceil(sorted.length * 0.50) - 1];
      case P95 -> sorted[(int) Math.ceil(sorted.length * 0.95) - 1];
      case P99 -> sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
    };
  }

  @Test
  void samples_thatCantBeStored_areStoredLater() {
    sample("dev-1", 10, 0);
    store.writesLeft = 0;
    assertThatThrownBy(telemetry::tick).hasMessage("killed");
    store.writesLeft = Integer.MAX_VALUE;
    pass(Duration.ofSeconds(1));
    telemetry.tick();
    assertThat(series(Metric.CPU_USAGE, Aggregation.AVG, BEGIN, now, Duration.ofHours(1)))
        .hasValueSatisfying(found -> assertThat(found.stats().count()).isEqualTo(1));
  }

  private long samplesOf(Instant start) {
    return series(Metric.CPU_USAGE, Aggregation.AVG, start, now.plusSeconds(1), Duration.ofHours(1))
        .map(found -> found.stats().count())
        .orElse(0L);
  }

  /// Sealed, in the log, and not yet stored.
  private void threeSamples() {
    sample("dev-1", 10, 0);
    telemetry.tick();
    pass(Duration.ofHours(2));
    telemetry.tick();
    sample("dev-1", 20, 0);
    telemetry.tick();
    sample("dev-1", 30, 0);
  }

  @Test
  void forgottenDevice_hasNoSamples_notAfterAStart() {
    threeSamples();
    telemetry.forget(new DeviceId("dev-1"));
    telemetry.tick();
    assertThat(samplesOf(BEGIN)).isZero();
    sample("dev-1", 40, 0);
    telemetry.tick();
    assertThat(samplesOf(BEGIN)).isEqualTo(1);
    telemetry = started();
    assertThat(samplesOf(BEGIN)).isEqualTo(1);
  }

  @Test
  void forgottenDevice_isForgottenLater_whenNothingCanBeStored() {
    for (int write = 0; write < 2; write++) {
      threeSamples();
      telemetry.forget(new DeviceId("dev-1"));
      store.writesLeft = write;
      assertThatThrownBy(telemetry::tick).hasMessage("killed");
      store.writesLeft = Integer.MAX_VALUE;
      telemetry.tick();
      assertThat(samplesOf(BEGIN)).isZero();
    }
  }

  @Test
  void sample_ofAnHourThatIsSealed_isKeptBesideTheOthers() {
    sample("dev-1", 10, 0);
    telemetry.tick();
    now = Instant.parse("2026-04-15T15:00:31Z");
    telemetry.tick();
    now = Instant.parse("2026-04-15T14:59:50Z"); // the clock was set back
    sample("dev-1", 20, 0);
    telemetry.tick();
    now = Instant.parse("2026-04-15T16:10:00Z");
    telemetry.tick();
    assertThat(samplesOf(BEGIN)).isEqualTo(2);
    now = Instant.parse("2026-04-15T14:59:55Z");
    assertThat(samplesOf(BEGIN)).isEqualTo(2);
  }

  @Test
  void hour_thatIsSealedWhileItIsRead_isReadOnce() {
    sample("dev-1", 10, 0);
    telemetry.tick();
    pass(Duration.ofHours(2));
    store.beforeScan = telemetry::tick;
    assertThat(samplesOf(BEGIN)).isEqualTo(1);
    assertThat(store.chunks).hasSize(1);
    store.beforeScan = () -> {};
    assertThat(samplesOf(BEGIN)).isEqualTo(1);
  }

  @Test
  void whatIsTooOld_isDropped() {
    sample("dev-1", 10, 0);
    telemetry.tick();
    pass(DAYS);
    sample("dev-1", 20, 0);
    telemetry.tick();
    assertThat(store.log).as("the log of sealed hours").hasSize(1);
    telemetry.tidy(Duration.ofDays(2));
    assertThat(
            series(
                Metric.CPU_USAGE, Aggregation.SUM, BEGIN, now.plusSeconds(1), Duration.ofHours(1)))
        .hasValueSatisfying(found -> assertThat(found.stats().sum()).isEqualTo(20));
  }

  @Test
  void percentile_ofTooMany_isRefused() {
    Bucket bucket = new Bucket(Aggregation.P95, new KeptValues());
    for (int i = 0; i < KeptValues.MOST; i++) {
      bucket.add(i);
    }
    assertThatThrownBy(() -> bucket.add(1))
        .isInstanceOf(Fault.class)
        .hasMessageContaining("aggregation");
    assertThat(bucket.value()).isEqualTo(3_799_999);
  }

  @Test
  void percentiles_keepNoMoreThanThreeHours() {
    Timeline timeline =
        new Timeline(
            Metric.CPU_USAGE,
            Aggregation.P50,
            Instant.EPOCH,
            now,
            Duration.ofMinutes(20),
            new KeptValues());
    int each = KeptValues.MOST / 3;
    for (int hour = 0; hour < 8; hour++) {
      long[] times = new long[each];
      Arrays.fill(times, Sample.beginOf(hour) + 1);
      double[] values = new double[each];
      Arrays.fill(values, hour);
      timeline.add(hour, "dev-1", new Chunk.Series(times, values, each));
    }
    assertThat(timeline.series())
        .hasValueSatisfying(found ->
            assertThat(found.points())
                .extracting(MetricSeries.Point::value)
                .containsExactly(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0));
  }
}
