package muster.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import muster.audit.Audit;
import muster.audit.AuditHead;
import muster.auth.Caller;
import muster.backup.DataDirectory;
import muster.fault.Fault;
import muster.store.AuditAnchorFile;
import muster.store.SqlAuditStore;
import muster.store.SqliteDatabase;

/// The audit log in a data directory's files, whether a server runs on it or not.
public final class AuditFiles {
  private AuditFiles() {}

  /// Checks the whole chain, and against the head beside the store. Changes nothing.
  ///
  /// @param noted a head noted elsewhere, which the log must still hold
  public static Audit.Verification verify(Path data, Optional<AuditHead> noted) {
    Path file = DataDirectory.store(data);
    if (!Files.isRegularFile(file)) {
      throw Fault.invalid("--data", data.toString(), "a data directory, with server/muster.db");
    }
    try (SqliteDatabase database = SqliteDatabase.openAsIs(file, 1)) {
      return new Audit(
              database,
              new SqlAuditStore(database),
              AuditAnchorFile.openToRead(AuditAnchorFile.in(data)),
              InstantSource.system())
          .verify(Caller.SERVER, noted);
    }
  }
}
