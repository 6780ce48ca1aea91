package muster.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.store.SqlSettings;
import muster.store.SqliteDatabase;
import muster.store.StoreCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Backups of a store that is in use. One at a time: each needs room for a second store.
public final class Backups {
  private static final String LAST = "last_backup_at";

  private static final Logger log = LoggerFactory.getLogger(Backups.class);

  /// What must stay free beside the copy, so that making one never fills the disk.
  private static final long ROOM = 64L << 20;

  private final SqliteDatabase database;
  private final DataDirectory directory;
  private final SqlSettings settings;
  private final Audit audit;
  private final String version;
  private final InstantSource clock;
  private final AtomicBoolean busy = new AtomicBoolean();

  public Backups(
      SqliteDatabase database,
      DataDirectory directory,
      Audit audit,
      String version,
      InstantSource clock) {
    this.database = database;
    this.directory = directory;
    this.settings = new SqlSettings(database);
    this.audit = audit;
    this.version = version;
    this.clock = clock;
  }

  /// A consistent copy that was found sound and waits to be written out, once. Closing it frees its
  /// room.
  public final class Prepared implements AutoCloseable {
    private final Path files;
    private final Instant at;

    private Prepared(Path files, Instant at) {
      this.files = files;
      this.at = at;
    }

    public Instant at() {
      return at;
    }

    /// Writes the archive, and notes the time of the last backup when that succeeded.
    public void writeTo(OutputStream out) throws IOException {
      Archive.write(out, files, at.toString(), version);
      try {
        settings.put(LAST, at.toString().getBytes(StandardCharsets.UTF_8));
      } catch (Fault fault) {
        log.warn("a backup is complete, but not noted as the last one: {}", fault.getMessage());
      }
    }

    @Override
    public void close() {
      try {
        DataDirectory.delete(files);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        busy.set(false);
      }
    }
  }

  /// Copies the store and the keys, while writes go on. On record before the first byte leaves: a
  /// backup holds everything an owner has.
  ///
  /// @throws Fault FAILED_PRECONDITION while another is made; UNAVAILABLE without room for the
  ///   copy, or when the store is damaged
  public Prepared prepare(Caller caller) {
    Access.requireUnscoped(caller, Permission.SERVER_BACKUP);
    if (!busy.compareAndSet(false, true)) {
      throw Fault.failedPrecondition("another backup is under way", "backup_under_way");
    }
    Prepared prepared = null;
    try {
      requireRoom();
      prepared =
          new Prepared(
              directory.newScratch("backup"), clock.instant().truncatedTo(ChronoUnit.SECONDS));
      copyInto(prepared.files);
      Map<String, String> detail =
          Map.of("store_bytes", Long.toString(Files.size(prepared.files.resolve(Archive.STORE))));
      audit.record(caller, "server.backup", "server", detail);
      return prepared;
    } catch (IOException e) {
      release(prepared);
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      release(prepared);
      throw e;
    }
  }

  private void release(@org.jspecify.annotations.Nullable Prepared prepared) {
    if (prepared == null) {
      busy.set(false);
    } else {
      prepared.close();
    }
  }

  private void requireRoom() throws IOException {
    Path file = database.file();
    Path wal = file.resolveSibling(file.getFileName() + "-wal");
    long needed = Files.size(file) + (Files.exists(wal) ? Files.size(wal) : 0) + ROOM;
    long free = Files.getFileStore(file).getUsableSpace();
    if (free < needed) {
      throw Verification.noRoom(file.resolveSibling(""), free, needed);
    }
  }

  private void copyInto(Path files) throws IOException {
    Path store = files.resolve(Archive.STORE);
    Files.createDirectories(store.resolveSibling(""));
    database.copyTo(store);
    List<String> problems = StoreCheck.problems(store);
    if (!problems.isEmpty()) {
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "the store is damaged: %s; no backup was made".formatted(String.join("; ", problems)),
          Map.of(Fault.REASON, "store_damaged"));
    }
    Path tls = Files.createDirectory(files.resolve("tls"));
    try (Stream<Path> keys = Files.list(DataDirectory.tls(directory.data()))) {
      for (Path key : keys.filter(Files::isRegularFile).toList()) {
        Files.copy(key, tls.resolve(key.getFileName()));
      }
    }
  }

  /// When the last backup was made that was written out whole; empty when there was none.
  public Optional<Instant> last() {
    return last(settings);
  }

  static Optional<Instant> last(SqlSettings settings) {
    return settings.get(LAST).map(text -> Instant.parse(new String(text, StandardCharsets.UTF_8)));
  }
}
