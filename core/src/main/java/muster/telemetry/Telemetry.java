package muster.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import muster.device.Health;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.link.Links;

/// Takes the fleet's samples in and keeps them. A sample is durable a second after it came; after
/// its hour it is part of a chunk. Safe for use by many threads; the lock guards the open hours,
/// and who has a sample to tell never waits for it.
public final class Telemetry {
  /// How long after the end of an hour samples of it may still come.
  private static final Duration LATE = Duration.ofSeconds(30);

  /// How often the server's own counts are taken.
  private static final Duration OWN = Duration.ofSeconds(30);

  private static final int SEALED_AT_ONCE = 500;
  private static final int DROPPED_AT_ONCE = 500;

  /// Held when nothing can be stored; what comes beyond is lost, the latest first.
  private static final int MOST_WAITING = 200_000;

  private final TelemetryStore store;
  private final LongSupplier online;
  private final InstantSource clock;
  private final ConcurrentLinkedQueue<Sample> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waitingCount = new AtomicInteger();
  private final ConcurrentLinkedQueue<DeviceId> forgotten = new ConcurrentLinkedQueue<>();
  private final SortedMap<Long, Map<String, OpenChunk>> open = new TreeMap<>();
  private Instant counted = Instant.MIN;

  /// Hours before this one are sealed: what still comes of them is kept with it.
  private long firstOpen;

  /// Finds the open hours in the store's log.
  ///
  /// @param online how many devices are online, asked now and then
  public Telemetry(TelemetryStore store, LongSupplier online, InstantSource clock) {
    this.store = store;
    this.online = online;
    this.clock = clock;
    this.firstOpen = Sample.hourOf(clock.instant().minus(LATE).toEpochMilli());
    store.replay((hour, samples) ->
        Sample.decode(samples)
            .forEach(sample -> {
              if (sample.isEnd()) {
                dropOpen(Set.of(sample.stream()));
              } else {
                add(hour, sample);
              }
            }));
  }

  /// Takes in what the links bring, and forgets devices that are deleted.
  public void follow(Links links, Events events) {
    links.onSample(this::take);
    events.subscribe(event -> {
      if (event.type().equals(Event.DEVICE_DELETED)) {
        event.device().ifPresent(this::forget);
      }
    });
  }

  /// A device has told its measures. Returns at once.
  public void take(DeviceId device, Health health) {
    take(Sample.of(device, health));
  }

  private void take(Sample sample) {
    if (!sample.isEnd() && waitingCount.get() < MOST_WAITING) {
      waitingCount.incrementAndGet();
      waiting.add(sample);
    }
  }

  /// Its samples are gone after the next tick. Returns at once.
  void forget(DeviceId device) {
    forgotten.add(device);
  }

  /// Takes the samples of devices that are deleted away. The log holds some of them until their
  /// hour is sealed, and says behind them that they are none any more.
  private void forgetDeleted() {
    Set<String> streams = forgotten.stream().map(DeviceId::value).collect(Collectors.toSet());
    if (streams.isEmpty()) {
      return;
    }
    waiting.removeIf(sample -> streams.contains(sample.stream()));
    waitingCount.set(waiting.size());
    byte[] ends = Sample.encode(streams.stream().map(Sample::end).toList());
    open.keySet().forEach(hour -> store.log(hour, ends));
    dropOpen(streams);
    store.forget(streams);
    forgotten.removeIf(device -> streams.contains(device.value()));
  }

  private void dropOpen(Set<String> streams) {
    open.values().forEach(hour -> hour.keySet().removeAll(streams));
  }

  private synchronized void add(long hour, Sample sample) {
    open.computeIfAbsent(hour, any -> new HashMap<>())
        .computeIfAbsent(sample.stream(), any -> new OpenChunk())
        .add(sample);
  }

  /// Stores what came and closes the hours that are over. Called by the server once a second.
  public synchronized void tick() {
    Instant now = clock.instant();
    if (!now.isBefore(counted.plus(OWN)) || now.isBefore(counted)) {
      counted = now;
      take(Sample.ofTheFleet(now.toEpochMilli(), Metric.DEVICE_ONLINE_COUNT, online.getAsLong()));
    }
    try {
      forgetDeleted();
      store();
      sealWhatIsOver(now);
    } catch (Fault e) {
      // A store that can't write now says so itself, and the next tick tries again.
      if (e.code() != FaultCode.UNAVAILABLE) {
        throw e;
      }
    }
  }

  private void sealWhatIsOver(Instant now) {
    long current = Sample.hourOf(now.minus(LATE).toEpochMilli());
    firstOpen = Math.max(firstOpen, current);
    for (long hour : List.copyOf(open.headMap(current).keySet())) {
      seal(hour);
    }
  }

  private void store() {
    TreeMap<Long, List<Sample>> byHour = new TreeMap<>();
    for (Sample sample = waiting.poll(); sample != null; sample = waiting.poll()) {
      long hour = Math.max(firstOpen, sample.hour());
      byHour.computeIfAbsent(hour, any -> new ArrayList<>()).add(sample);
    }
    try {
      while (!byHour.isEmpty()) {
        Map.Entry<Long, List<Sample>> first = byHour.firstEntry();
        store.log(first.getKey(), Sample.encode(first.getValue()));
        byHour.remove(first.getKey());
        first.getValue().forEach(sample -> add(first.getKey(), sample));
      }
    } finally {
      byHour.values().forEach(waiting::addAll);
      waitingCount.set(waiting.size());
    }
  }

  private void seal(long hour) {
    Map<String, byte[]> some = new HashMap<>();
    for (Map.Entry<String, OpenChunk> stream : open.getOrDefault(hour, Map.of()).entrySet()) {
      some.put(stream.getKey(), stream.getValue().chunk().encode());
      if (some.size() == SEALED_AT_ONCE) {
        store.seal(hour, some);
        some.clear();
      }
    }
    store.seal(hour, some);
    store.forgetLog(hour);
    open.remove(hour);
  }

  /// Removes what is older than it is to be kept. Called now and then by the server.
  public void tidy(Duration kept) {
    long before = Sample.hourOf(clock.instant().minus(kept).toEpochMilli());
    while (store.drop(before, DROPPED_AT_ONCE) == DROPPED_AT_ONCE) {
      // the rest
    }
  }

  /// Is given the samples of a stream, hour by hour.
  interface Reader {
    /// @param hour since 1970
    void series(long hour, String stream, Metric metric, Chunk.Series series);
  }

  /// Hands out the samples from `from` on up to `to`, and those of the same hours and the next, in
  /// the order of hours. Sealed chunks and the open hours are of one moment.
  ///
  /// @param streams of these only; empty = of all
  void read(
      Instant from,
      Instant to,
      Optional<Set<String>> streams,
      List<Metric> metrics,
      Reader reader) {
    long first = Sample.hourOf(from.toEpochMilli());
    long last = Sample.hourOf(to.toEpochMilli()) + 1;
    SortedMap<Long, Map<String, Map<Metric, Chunk.Series>>> now =
        opened(first, last, streams, metrics);
    store.scan(
        first,
        last,
        streams,
        (hour, stream, chunk) -> {
          // Sealed while it was read: it was read already.
          if (!now.getOrDefault(hour, Map.of()).containsKey(stream)) {
            for (Metric metric : metrics) {
              Chunk.decode(chunk, metric.number())
                  .ifPresent(series -> reader.series(hour, stream, metric, series));
            }
          }
        });
    now.forEach((hour, opened) ->
        opened.forEach((stream, all) ->
            all.forEach((metric, series) -> reader.series(hour, stream, metric, series))));
  }

  private synchronized SortedMap<Long, Map<String, Map<Metric, Chunk.Series>>> opened(
      long first, long last, Optional<Set<String>> streams, List<Metric> metrics) {
    SortedMap<Long, Map<String, Map<Metric, Chunk.Series>>> found = new TreeMap<>();
    open.subMap(first, last + 1)
        .forEach((hour, all) -> {
          Map<String, Map<Metric, Chunk.Series>> views = new HashMap<>();
          all.forEach((stream, chunk) -> {
            if (streams.isEmpty() || streams.get().contains(stream)) {
              Map<Metric, Chunk.Series> view = new EnumMap<>(Metric.class);
              for (Metric metric : metrics) {
                chunk.series(metric.number()).ifPresent(series -> view.put(metric, series));
              }
              views.put(stream, view);
            }
          });
          found.put(hour, views);
        });
    return found;
  }
}
