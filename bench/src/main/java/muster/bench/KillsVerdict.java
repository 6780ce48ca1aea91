package muster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Holds what the server says of numbered commands against what was truly started.
///
/// @param lost accepted, and not there or without an end
/// @param startedTwice started more than once
/// @param stuck ended later than their deadline and 60 s
/// @param untrue completed without having been started, or started although called never sent
/// @param ends how many ended in each state
record KillsVerdict(int lost, int startedTwice, int stuck, int untrue, Map<String, Integer> ends) {
  private static final Duration GRACE = Duration.ofSeconds(61);

  static KillsVerdict of(Path database, List<Path> effects, int commands)
      throws IOException, SQLException {
    byte[] starts = starts(effects, commands);
    Map<String, Integer> ends = new TreeMap<>();
    int ended = 0;
    int stuck = 0;
    int untrue = 0;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                select idempotency_key as number, status, finished_at,
                  max(expires_at, coalesce(started_at, 0) + timeout_ms) as deadline
                from command where finished_at is not null
                """)) {
      while (row.next()) {
        ended++;
        String status = row.getString("status");
        ends.merge(status, 1, Integer::sum);
        int started = starts[row.getInt("number")];
        boolean wrong =
            switch (status) {
              case "completed" -> started != 1;
              case "expired" -> started > 0;
              default -> false;
            };
        untrue += wrong ? 1 : 0;
        stuck += row.getLong("finished_at") > row.getLong("deadline") + GRACE.toMillis() ? 1 : 0;
      }
    }
    int twice = 0;
    for (byte count : starts) {
      twice += count > 1 ? 1 : 0;
    }
    return new KillsVerdict(commands - ended, twice, stuck, untrue, ends);
  }

  private static byte[] starts(List<Path> effects, int commands) throws IOException {
    byte[] starts = new byte[commands];
    for (Path file : effects) {
      try (Stream<String> lines = Files.lines(file)) {
        lines.forEach(line -> starts[Integer.parseInt(line)]++);
      }
    }
    return starts;
  }

  void print() {
    FleetRun.print("lost", "%d", lost);
    FleetRun.print("started twice", "%d", startedTwice);
    FleetRun.print("ended later than deadline + 60 s", "%d", stuck);
    FleetRun.print("ends that are not true", "%d", untrue);
    FleetRun.print("ends", "%s", ends);
  }
}
