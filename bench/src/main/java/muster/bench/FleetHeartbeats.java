package muster.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import muster.simulator.Scenario;

/// Heartbeats that are really in the store, counted there, while every device beats once a second;
/// beside what SQLite does by itself with the same rows in transactions of the same size.
final class FleetHeartbeats {
  private static final int SECONDS = 20;
  private static final int FLUSHES_A_SECOND = 4;

  private FleetHeartbeats() {}

  static void run(int devices) throws Exception {
    Scenario scenario = Scenario.calm(1).withHeartbeat(Duration.ofSeconds(1));
    try (FleetRun run =
        FleetRun.start("bench/run heartbeats " + devices, devices, scenario, false)) {
      run.connect(0, devices);
      TimeUnit.SECONDS.sleep(5);
      long sent = run.simulation().totals().heartbeats();
      long began = System.nanoTime();
      Counter counter = new Counter(run.database());
      long stored = 0;
      while (System.nanoTime() - began < SECONDS * 1_000_000_000L) {
        stored += counter.changed();
        TimeUnit.MILLISECONDS.sleep(400);
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      sent = run.simulation().totals().heartbeats() - sent;
      FleetRun.print(
          "%,d devices, a heartbeat a second".formatted(devices),
          "%,.0f/s sent, %,.0f/s stored, %.0f %% of one processor",
          sent / seconds,
          stored / seconds,
          100 * run.processors(Duration.ofSeconds(10)));
      run.simulation().close();
      TimeUnit.SECONDS.sleep(2);
      run.kill();
      double raw = raw(run.database(), devices / FLUSHES_A_SECOND);
      FleetRun.print(
          "SQLite by itself, %,d a transaction".formatted(devices / FLUSHES_A_SECOND),
          "%,.0f/s with all processors to itself: what was stored is %.0f %% of that",
          raw,
          100 * stored / seconds / raw);
    }
  }

  /// Sees which rows have a newer sample than at the last look.
  private static final class Counter {
    private final Path file;
    private final Map<Long, Long> seen = new HashMap<>();

    private Counter(Path file) throws SQLException {
      this.file = file;
      changed();
    }

    private int changed() throws SQLException {
      int changed = 0;
      try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = store.createStatement();
          ResultSet rows = statement.executeQuery("select id, sampled_at from device_state")) {
        while (rows.next()) {
          Long before = seen.put(rows.getLong(1), rows.getLong(2));
          changed += before != null && before != rows.getLong(2) ? 1 : 0;
        }
      }
      return changed;
    }
  }

  private static double raw(Path original, int batch) throws Exception {
    Path copy = original.resolveSibling("raw.db");
    Files.copy(original, copy);
    try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + copy)) {
      try (Statement statement = store.createStatement()) {
        statement.execute("pragma journal_mode = wal");
        statement.execute("pragma synchronous = full");
      }
      store.setAutoCommit(false);
      long rows = 0;
      long began = System.nanoTime();
      try (PreparedStatement update =
          store.prepareStatement(
              """
              update device_state set epoch = ?, last_seen = ?, sampled_at = ?, cpu_percent = ?,
                memory_percent = ?, disk_percent = ?, load1 = ?, load5 = ?, load15 = ?,
                uptime_seconds = ?, cpu_temp = ?, memory_total = ?, network_sent = ?,
                network_received = ?
              where id = (select id from device where id = ?) and epoch <= ?
              """)) {
        for (int id = 1; System.nanoTime() - began < 5_000_000_000L; id = id % (batch * 4) + 1) {
          long now = System.currentTimeMillis();
          update.setLong(1, 1_000_000);
          update.setLong(2, now);
          update.setLong(3, now);
          for (int column = 4; column <= 9; column++) {
            update.setDouble(column, rows % 100);
          }
          for (int column = 10; column <= 14; column++) {
            update.setLong(column, rows);
          }
          update.setLong(15, id);
          update.setLong(16, 1_000_000);
          update.executeUpdate();
          if (++rows % batch == 0) {
            store.commit();
          }
        }
        store.commit();
      }
      return rows / ((System.nanoTime() - began) / 1e9);
    }
  }
}
