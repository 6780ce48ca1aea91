package muster.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// Opens the SQLite file: recovers it, looks for damage, brings its schema up to date and carries
/// out revocations it does not know of. A file that can't be trusted is refused, with its name and
/// what to do.
final class StoreFile {
  private static final Logger log = LoggerFactory.getLogger(StoreFile.class);

  /// Up to this size indexes are compared with their tables too, which takes most of the time.
  private static final long CHECKED_CLOSELY = 64L << 20;

  /// A larger file is left to `muster doctor`.
  private static final long CHECKED_AT_START = 256L << 20;

  private StoreFile() {}

  static SQLiteDataSource source(Path file, boolean forReading) {
    SQLiteDataSource source = new SQLiteDataSource(config(forReading));
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  private static SQLiteConfig config(boolean forReading) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(5_000);
    config.enforceForeignKeys(true);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.setCacheSize(-16_000);
    if (forReading) {
      config.setPragma(SQLiteConfig.Pragma.MMAP_SIZE, "268435456");
    }
    return config;
  }

  /// What [SqliteDatabase] goes on with: the writer's connection and its ledger.
  record Opened(SqlConnection writing, RevocationLedger ledger, Revocations.Outcome revocations) {}

  static Opened open(StoreOptions options) {
    Path file = options.file();
    requireNotLost(file, options.ledger());
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      requireSound(file);
      migrate(file);
      SqlConnection writing = new SqlConnection(source(file, false).getConnection(), false);
      limit(writing, options.maxBytes());
      return reconciled(writing, options.ledger());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw refused(file, e);
    } catch (StoreException e) {
      throw e.kind() == StoreException.Kind.BROKEN
          ? damaged(file, String.valueOf(e.getMessage()))
          : e;
    }
  }

  /// Checks, changes and carries out nothing.
  static Opened asIs(Path file) {
    try {
      return new Opened(
          new SqlConnection(source(file, false).getConnection(), false),
          RevocationLedger.unused(),
          new Revocations.Outcome(0, false, 0));
    } catch (SQLException e) {
      throw new StoreException("open", e);
    }
  }

  /// An empty file is a new store to SQLite. Where there was one, it is a lost one.
  private static void requireNotLost(Path file, Path ledger) {
    try {
      boolean empty = !Files.exists(file) || Files.size(file) == 0;
      if (empty && RevocationLedger.look(ledger).isPresent()) {
        throw damaged(file, "it is missing or empty, and there was a store here");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireSound(Path file) throws IOException, SQLException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return;
    }
    if (Files.size(file) > CHECKED_AT_START) {
      log.info("{} is large: not searched for damage at start", file);
      return;
    }
    try (SqlConnection connection = new SqlConnection(source(file, false).getConnection(), false)) {
      List<String> problems = StoreCheck.problems(connection, Files.size(file) <= CHECKED_CLOSELY);
      if (!problems.isEmpty()) {
        throw damaged(file, String.join("; ", problems));
      }
    }
  }

  private static void migrate(Path file) {
    try {
      Flyway.configure()
          .dataSource(source(file, false))
          .locations("classpath:muster/store/migration")
          .loggers("slf4j")
          .load()
          .migrate();
    } catch (FlywayException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof SQLException problem) {
          throw refused(file, problem);
        }
      }
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "store: %s does not fit this version of muster: %s"
              .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
    } catch (RuntimeException e) {
      // What it has noted of itself is such as it never writes.
      throw damaged(file, "its history of versions can't be read: " + e);
    }
  }

  private static void limit(SqlConnection writing, long maxBytes) {
    if (maxBytes > 0) {
      long page =
          writing.queryOne("pragma page_size", row -> row.number("page_size")).orElse(4096L);
      writing.execute("pragma max_page_count = " + Math.max(1, maxBytes / page));
    }
  }

  private static Opened reconciled(SqlConnection writing, Path file) {
    RevocationLedger ledger = RevocationLedger.open(file);
    writing.execute("begin immediate");
    Revocations.Outcome outcome = Revocations.reconcile(writing, ledger);
    Revocations.record(writing, ledger);
    writing.execute("commit");
    ledger.committed();
    if (outcome.applied() > 0) {
      log.warn(
          "the store is older than {}: {} revocations were carried out again",
          file,
          outcome.applied());
    }
    if (outcome.ledgerMissing()) {
      log.warn(
          "{} is not the one this store was written with: what was revoked since is not known"
              + " here",
          file);
    }
    if (outcome.damagedLines() > 0) {
      log.error(
          "{}: {} lines can't be read; what they revoked is not known",
          file,
          outcome.damagedLines());
    }
    return new Opened(writing, ledger, outcome);
  }

  private static RuntimeException refused(Path file, SQLException problem) {
    String what = String.valueOf(problem.getMessage());
    return switch (StoreException.kind(problem)) {
      case BROKEN -> damaged(file, what);
      case FULL ->
          new Fault(FaultCode.UNAVAILABLE, "store: no room for %s: %s".formatted(file, what));
      case STATEMENT -> new StoreException("open", problem);
    };
  }

  private static Fault damaged(Path file, String what) {
    return new Fault(
        FaultCode.UNAVAILABLE,
        "store: %s is damaged: %s. Nothing was changed. Look closer with: muster doctor --data DIR;"
                .formatted(file, what)
            + " put back a backup with: muster restore FILE --data DIR",
        Map.of(Fault.REASON, "store_damaged"));
  }
}
