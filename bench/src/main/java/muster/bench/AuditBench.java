package muster.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.store.AuditAnchorFile;
import muster.store.SqlAuditStore;
import muster.store.SqliteDatabase;

/// Writes a long audit log into a new data directory: `AuditBench DIR ROWS`. See `bench/audit`.
public final class AuditBench {
  private static final int BATCH = 1_000;

  private AuditBench() {}

  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    int rows = Integer.parseInt(args[1]);
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    try (SqliteDatabase database = SqliteDatabase.open(data.resolve("server/muster.db"), 1);
        AuditAnchorFile anchor = AuditAnchorFile.open(AuditAnchorFile.in(data))) {
      Audit audit =
          new Audit(database, new SqlAuditStore(database), anchor, InstantSource.system());
      Instant start = Instant.now();
      for (int from = 0; from < rows; from += BATCH) {
        int first = from;
        database.write(() -> {
          for (int i = first; i < Math.min(first + BATCH, rows); i++) {
            audit.record(
                caller(i % 50),
                "command.execute",
                "dev_%016d".formatted(random.nextInt(100_000)),
                Map.of(
                    "command",
                    "exec_%016d".formatted(i),
                    "tool",
                    "bash",
                    "args",
                    "systemctl restart collector@" + i));
          }
          return first;
        });
      }
      System.out.printf(
          "write %,d rows, %,d a transaction   %.1f s%n",
          rows, BATCH, Duration.between(start, Instant.now()).toMillis() / 1000.0);
    }
  }

  private static Caller caller(int number) {
    String id = "key_%016d".formatted(number);
    return new Caller(
        Caller.Kind.KEY,
        id,
        "ci-" + number,
        Role.OPERATOR,
        Optional.empty(),
        id,
        new Origin("kvmfleet", "192.0.2." + number, "req_%020d".formatted(number)));
  }
}
