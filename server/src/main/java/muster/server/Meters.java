package muster.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import muster.auth.Caller;
import muster.backup.Backups;
import muster.command.CommandStatus;
import muster.device.DeviceStore;
import muster.device.Devices;
import muster.event.Events;
import muster.link.Links;
import muster.store.SqlGauges;
import muster.store.SqliteDatabase;
import muster.store.StoreMeter;

/// The meters of `/metrics` beside those of requests; docs/operations.md says what each means and
/// when to worry. What the store has to be asked for is asked once for each scrape.
final class Meters implements StoreMeter {
  private final PrometheusMeterRegistry registry;
  private final SqlGauges gauges;
  private final Devices devices;
  private final InstantSource clock;
  private final Timer commits;
  private final DistributionSummary batches;
  private final Counter refused;
  private volatile SqlGauges.Commands commands = SqlGauges.Commands.NONE;
  private volatile DeviceStore.Counts counts = new DeviceStore.Counts(0, 0);

  Meters(
      PrometheusMeterRegistry registry,
      SqliteDatabase database,
      Devices devices,
      Links links,
      Events events,
      Backups backups,
      InstantSource clock) {
    this.registry = registry;
    this.gauges = new SqlGauges(database);
    this.devices = devices;
    this.clock = clock;
    this.commits =
        Timer.builder("muster.store.commit")
            .serviceLevelObjectives(millis(1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000))
            .register(registry);
    this.batches =
        DistributionSummary.builder("muster.store.batch.writes")
            .serviceLevelObjectives(1, 2, 5, 10, 25, 50, 100, 250, 512)
            .register(registry);
    this.refused = registry.counter("muster.store.refused.writes");
    store(database);
    gauge("muster.events.queued", events, Events::waiting);
    gauge("muster.devices.connected", links, Links::count);
    FunctionCounter.builder("muster.heartbeats.stored", links, Links::heartbeatsStored)
        .register(registry);
    gauge("muster.backup.age.seconds", backups, b -> age(b.last()));
    for (CommandStatus status : CommandStatus.values()) {
      if (!status.isFinal()) {
        Gauge.builder("muster.commands", this, meters -> meters.commands.count(status.word()))
            .tag("status", status.word())
            .register(registry);
      }
    }
    gauge("muster.commands.oldest.queued.seconds", this, m -> age(m.commands.oldestQueued()));
    state("online", m -> m.counts.online());
    state("offline", m -> m.counts.total() - m.counts.online());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    database.meterWith(this);
  }

  private static Duration[] millis(long... bounds) {
    Duration[] durations = new Duration[bounds.length];
    for (int i = 0; i < bounds.length; i++) {
      durations[i] = Duration.ofMillis(bounds[i]);
    }
    return durations;
  }

  private void store(SqliteDatabase database) {
    gauge("muster.store.queued.writes", database, SqliteDatabase::queued);
    gauge("muster.store.full", database, db -> db.isFull() ? 1 : 0);
    Path file = database.file();
    gauge("muster.store.bytes", file, Meters::size);
    gauge("muster.store.wal.bytes", file.resolveSibling(file.getFileName() + "-wal"), Meters::size);
    gauge("muster.disk.free.bytes", file, Meters::free);
  }

  private <T> void gauge(String name, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value).strongReference(true).register(registry);
  }

  private void state(String state, ToDoubleFunction<Meters> value) {
    Gauge.builder("muster.devices", this, value)
        .tag("state", state.toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private static double size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private static double free(Path file) {
    try {
      return Files.getFileStore(file).getUsableSpace();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  /// Seconds since then; not a number when there was no such time.
  private double age(Optional<Instant> at) {
    return at.map(time -> Duration.between(time, clock.instant()).toMillis() / 1000.0)
        .orElse(Double.NaN);
  }

  String scrape() {
    commands = gauges.commands();
    counts = devices.count(Caller.SERVER);
    return registry.scrape();
  }

  @Override
  public void committed(int writes, long nanos) {
    commits.record(Duration.ofNanos(nanos));
    batches.record(writes);
  }

  @Override
  public void refused(int writes) {
    refused.increment(writes);
  }
}
