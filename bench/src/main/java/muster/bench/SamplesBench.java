package muster.bench;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import muster.auth.Token;
import muster.device.Health;
import muster.store.SqlTelemetryStore;
import muster.telemetry.Telemetry;

/// A day of samples of a fleet, and a week of one device's, taken in as fast as they are stored,
/// beside rows of the engine alone; then what a server answers of them: `bench/run samples
/// [DEVICES]`.
final class SamplesBench {
  private static final Duration EVERY = Duration.ofSeconds(30);
  private static final Duration MEASURED = Duration.ofSeconds(15);
  private static final int NUMBERS = 7;
  private static final int BARE_BATCHES = 100;

  private final int devices;
  private final Path work;
  private final Random random = new Random(1);
  private Instant now;

  private SamplesBench(int devices, Path work) {
    this.devices = devices;
    this.work = work;
    now = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofDays(7));
  }

  static void run(String[] args) throws Exception {
    int devices = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    Machine.print("samples of %,d devices, %d numbers each".formatted(devices, NUMBERS));
    SamplesBench bench = new SamplesBench(devices, Files.createTempDirectory("muster-bench"));
    bench.ingest();
    bench.bare();
    bench.answers();
  }

  private Health sample(int device) {
    long sent = now.getEpochSecond() * (1_000 + device) + random.nextInt(10_000);
    return new Health(
        now,
        Optional.of(random.nextInt(1_000) / 10.0),
        Optional.of(40 + random.nextInt(30) / 10.0),
        Optional.of(62.5),
        List.of(random.nextInt(100) / 100.0),
        Optional.empty(),
        Optional.of(50 + random.nextInt(40) / 10.0),
        Optional.empty(),
        Optional.of(sent),
        Optional.of(sent * 2));
  }

  private void ingest() throws Exception {
    Path file = work.resolve("data/server/samples.db");
    Files.createDirectories(file.getParent());
    Instant end = now.plus(Duration.ofDays(7));
    try (SqlTelemetryStore store = new SqlTelemetryStore(file)) {
      Telemetry telemetry = new Telemetry(store, () -> devices, () -> now);
      for (; now.isBefore(end.minus(Duration.ofDays(1))); now = now.plus(EVERY)) {
        telemetry.take(Fleet.id(0), sample(0));
        telemetry.tick();
      }
      long before = Files.size(file);
      long count = 0;
      long began = System.nanoTime();
      for (; now.isBefore(end); now = now.plus(EVERY)) {
        for (int device = 0; device < devices; device++) {
          telemetry.take(Fleet.id(device), sample(device));
        }
        telemetry.tick();
        count += devices;
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "stored durably, a commit a round         %,9.0f samples/s, %d s for %,d%n",
          count / seconds,
          (int) seconds,
          count);
      System.out.printf(
          Locale.ROOT,
          "the file, log of the open hour included  %.1f bytes a sample%n",
          (double) (Files.size(file) - before) / count);
    }
  }

  /// The engine's own rows, a commit for as many as a round has.
  private void bare() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + work.resolve("bare.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("pragma journal_mode = wal");
      statement.execute("pragma synchronous = full");
      statement.execute(
          "create table sample (device integer, at integer, a real, b real, c real, d real, e real,"
              + " f real, g real, primary key (device, at)) without rowid");
      connection.setAutoCommit(false);
      long began = System.nanoTime();
      try (PreparedStatement insert =
          connection.prepareStatement("insert into sample values (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        for (int batch = 0; batch < BARE_BATCHES; batch++) {
          for (int device = 0; device < devices; device++) {
            insert.setInt(1, device);
            insert.setLong(2, batch);
            for (int column = 0; column < NUMBERS; column++) {
              insert.setDouble(3 + column, random.nextInt(1_000) / 10.0);
            }
            insert.executeUpdate();
          }
          connection.commit();
        }
      }
      System.out.printf(
          Locale.ROOT,
          "rows of the engine alone                 %,9.0f samples/s%n",
          (double) BARE_BATCHES * devices / ((System.nanoTime() - began) / 1e9));
    }
  }

  private void answers() throws Exception {
    Fleet.write(work.resolve("data/server/muster.db"), devices);
    String key = Token.random(Token.Kind.KEY).text();
    int port = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      Process server =
          programs.bareServer(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
      Load load = new Load(port, 1, key);
      print(
          "one device, 7 days by the hour",
          load.run(n -> metrics(Duration.ofDays(7), "AVG", true), MEASURED, MEASURED));
      print(
          "the fleet, 24 hours by the hour",
          load.run(
              n -> metrics(Duration.ofDays(1), "AVG", false), MEASURED, MEASURED.multipliedBy(2)));
      print(
          "the fleet, 6 hours by the hour, P95",
          load.run(
              n -> metrics(Duration.ofHours(6), "P95", false), MEASURED, MEASURED.multipliedBy(2)));
      System.out.printf("resident: %d MiB%n", Programs.residentMebibytes(server));
    }
  }

  private String metrics(Duration time, String aggregation, boolean one) {
    String message =
        "{\"metricNames\":[\"cpu_usage\"],\"aggregation\":\"%s\",\"interval\":\"3600s\",\"startTime\":\"%s\",\"endTime\":\"%s\"%s}"
            .formatted(
                aggregation,
                now.minus(time),
                now,
                one ? ",\"labels\":{\"device_id\":\"%s\"}".formatted(Fleet.id(0)) : "");
    return "/fleetd.v1.AnalyticsService/GetMetrics?connect=v1&encoding=json&message="
        + URLEncoder.encode(message, StandardCharsets.UTF_8);
  }

  private static void print(String what, Load.Figures figures) {
    System.out.printf("%-40s %s%n", what, figures);
  }
}
