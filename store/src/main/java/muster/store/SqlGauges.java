package muster.store;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Figures about the store's content, for meters and checks.
public final class SqlGauges {
  private final SqliteDatabase database;

  public SqlGauges(SqliteDatabase database) {
    this.database = database;
  }

  /// @param counts of commands that have not ended, by status
  /// @param oldestQueued when the oldest of those that wait was given
  public record Commands(Map<String, Long> counts, Optional<Instant> oldestQueued) {
    public static final Commands NONE = new Commands(Map.of(), Optional.empty());

    public long count(String status) {
      return counts.getOrDefault(status, 0L);
    }
  }

  private record Row(String status, long count, Instant oldest) {}

  public Commands commands() {
    Map<String, Long> counts = new HashMap<>();
    Optional<Instant> oldest = Optional.empty();
    for (Row row :
        database.read(connection ->
            connection.query(
                """
                select status, count(*) as n, min(created_at) as oldest from command
                where status in ('queued', 'sent', 'running') group by status
                """,
                found ->
                    new Row(found.text("status"), found.number("n"), found.instant("oldest"))))) {
      counts.put(row.status, row.count);
      if (row.status.equals("queued")) {
        oldest = Optional.of(row.oldest);
      }
    }
    return new Commands(counts, oldest);
  }
}
