package muster.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.account.Credentials;
import muster.account.Keys;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Token;
import muster.device.DeviceFields;
import muster.store.SqlAuditStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlRestore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.store.StoreOptions;

/// Puts a backup in the place of what a data directory holds. The server must not run.
///
/// First everything is made ready beside, in `server/tmp`; then the present files are moved aside
/// and the new ones in. Killed in between, the directory is marked, no server starts on it, and
/// running the restore again completes it.
public final class Restore {
  private static final List<String> FILES =
      List.of("muster.db", "muster.db-wal", "muster.db-shm", "audit.head", "tls");
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

  private final Path data;
  private final InstantSource clock;

  /// What was done.
  ///
  /// @param aside where the data is that was there before; absent when there was none
  /// @param ledgerMissing nothing on this machine says what was revoked after the backup
  /// @param revoked how many revocations of after the backup were carried out again
  /// @param expired how many sessions, keys and open enrolment tokens were ended as asked
  /// @param newKey the one key that is good then
  /// @param unfinished commands that had not ended when the backup was made
  public record Done(
      Verification backup,
      Optional<Path> aside,
      boolean ledgerMissing,
      long revoked,
      int expired,
      Optional<Token> newKey,
      long unfinished) {}

  public Restore(Path data, InstantSource clock) {
    this.data = data;
    this.clock = clock;
  }

  /// @param expireCredentials end every session, key and open enrolment token of the backup, and
  ///   make one new owner key
  /// @throws muster.fault.Fault INVALID_ARGUMENT for a file that must not be put back; UNAVAILABLE
  ///   when a server works in the directory, or there is no room
  public Done run(Path file, boolean expireCredentials) {
    try (DataDirectory directory = DataDirectory.take(data)) {
      try {
        return run(directory, file, expireCredentials);
      } finally {
        DataDirectory.delete(directory.scratch()); // what was unpacked there is secret
      }
    } catch (IOException e) {
      throw new UncheckedIOException("data: %s can't be used".formatted(data), e);
    }
  }

  private Done run(DataDirectory directory, Path file, boolean expireCredentials)
      throws IOException {
    Path staged = directory.newScratch("restore");
    Verification backup = Verification.of(file, staged);
    Done made = prepare(staged, backup, expireCredentials);
    Path server = DataDirectory.server(data);
    Path marker = DataDirectory.restoring(data);
    if (!Files.exists(marker)) {
      Files.createFile(marker);
    }
    DataDirectory.sync(server);
    Optional<Path> aside = moveAside(server);
    Files.move(
        staged.resolve(Archive.STORE), DataDirectory.store(data), StandardCopyOption.ATOMIC_MOVE);
    if (Files.exists(staged.resolve("tls"))) {
      Files.move(staged.resolve("tls"), DataDirectory.tls(data), StandardCopyOption.ATOMIC_MOVE);
    }
    DataDirectory.sync(server);
    Files.delete(marker);
    DataDirectory.sync(server);
    return new Done(
        backup,
        aside,
        made.ledgerMissing,
        made.revoked,
        made.expired,
        made.newKey,
        made.unfinished);
  }

  /// Opens the store with the ledger of this place, which carries out what was revoked since.
  private Done prepare(Path staged, Verification backup, boolean expireCredentials) {
    StoreOptions options =
        StoreOptions.of(staged.resolve(Archive.STORE), 1).withLedger(DataDirectory.ledger(data));
    try (SqliteDatabase database = SqliteDatabase.open(options)) {
      SqlRestore store = new SqlRestore(database);
      long unfinished = store.unfinishedCommands();
      store.doubtWaitingCommands();
      Audit audit = new Audit(database, new SqlAuditStore(database), clock);
      int expired = expireCredentials ? store.expireCredentials() : 0;
      Optional<Token> newKey =
          expireCredentials
              ? Optional.of(keys(database, audit).recover().token())
              : Optional.empty();
      audit.record(
          Caller.SERVER,
          "server.restore",
          "server",
          Map.of(
              "backup_of", backup.at().toString(),
              "revoked_again", Integer.toString(database.revokedAtStart()),
              "credentials", expireCredentials ? "expired" : "kept"));
      return new Done(
          backup,
          Optional.empty(),
          database.isLedgerMissing(),
          database.revokedAtStart(),
          expired,
          newKey,
          unfinished);
    }
  }

  private Keys keys(SqliteDatabase database, Audit audit) {
    SqlCredentialStore credentials = new SqlCredentialStore(database);
    return new Keys(
        database,
        credentials,
        new Credentials(
            database, credentials, new SqlUserStore(database), DeviceFields::scope, clock),
        DeviceFields::scope,
        audit,
        clock);
  }

  private Optional<Path> moveAside(Path server) throws IOException {
    List<String> present =
        FILES.stream().filter(name -> Files.exists(server.resolve(name))).toList();
    if (present.isEmpty()) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    Path aside = Files.createDirectory(server.resolve("before-restore-" + STAMP.format(now)));
    for (String name : present) {
      Files.move(server.resolve(name), aside.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
    DataDirectory.sync(aside);
    return Optional.of(aside);
  }
}
