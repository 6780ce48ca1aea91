package muster.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.store.SqlAuditStore;
import muster.store.SqliteDatabase;
import muster.store.StoreCheck;

/// A backup that was found sound: every member is what was written, the store's structure is whole,
/// this version can open it, and its audit chain fits.
///
/// @param at when it was made
/// @param version of the server that made it
/// @param bytes of the store in it
public record Verification(Instant at, String version, long bytes, long auditEntries) {

  /// Checks a backup's file in a scratch directory beside it.
  ///
  /// @throws Fault INVALID_ARGUMENT for one that must not be put back
  public static Verification of(Path file) {
    Path scratch = null;
    try {
      Path beside = file.toAbsolutePath().getParent();
      scratch =
          Files.createTempDirectory(
              beside,
              ".muster-verify",
              PosixFilePermissions.asFileAttribute(DataDirectory.OWNER_ONLY));
      return of(file, scratch);
    } catch (NoSuchFileException e) {
      throw Fault.notFound("file", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    } finally {
      if (scratch != null) {
        deleteQuietly(scratch);
      }
    }
  }

  private static void deleteQuietly(Path directory) {
    try {
      DataDirectory.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// As [#of(Path)], and leaves what was in the file in `directory`.
  static Verification of(Path file, Path directory) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw Fault.notFound("file", file.toString());
    }
    Archive.Manifest manifest = Archive.extract(file, directory);
    Path store = directory.resolve(Archive.STORE);
    requireSound(file, store);
    long bytes = Files.size(store);
    // On a copy: opening brings the schema up to date, and the ledger of here is none of its.
    Path opened = Files.createDirectory(directory.resolve("opened"));
    Path copy = Files.copy(store, opened.resolve("muster.db"));
    Audit.Verification chain = chain(copy);
    DataDirectory.delete(opened);
    if (chain.firstBad().isPresent()) {
      throw Archive.unusable(file, "its audit log was changed at entry " + chain.firstBad().get());
    }
    return new Verification(
        Instant.parse(manifest.at()), manifest.version(), bytes, chain.checked());
  }

  private static void requireSound(Path file, Path store) {
    List<String> problems = StoreCheck.problems(store);
    if (!problems.isEmpty()) {
      throw Archive.unusable(file, "the store in it is damaged: " + String.join("; ", problems));
    }
  }

  private static Audit.Verification chain(Path store) {
    try (SqliteDatabase database = SqliteDatabase.open(store, 1)) {
      return new Audit(database, new SqlAuditStore(database), Instant::now).verify(Caller.SERVER);
    }
  }

  static Fault noRoom(Path directory, long free, long needed) {
    return new Fault(
        FaultCode.UNAVAILABLE,
        "disk: %d MiB are free under %s (expected: at least %d)"
            .formatted(free >> 20, directory, (needed >> 20) + 1));
  }
}
