package muster.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.backup.Backups;
import muster.backup.DataDirectory;
import muster.fault.Fault;
import muster.store.SqlGauges;
import muster.store.SqliteDatabase;

/// The checks of a running server, by itself. Takes as long as reading the whole store.
public final class ServerExamination {
  private final SqliteDatabase database;
  private final SqlGauges gauges;
  private final Backups backups;
  private final Audit audit;
  private final Path data;
  private final int maxConnections;
  private final InstantSource clock;

  public ServerExamination(
      SqliteDatabase database,
      Backups backups,
      Audit audit,
      Path data,
      int maxConnections,
      InstantSource clock) {
    this.database = database;
    this.gauges = new SqlGauges(database);
    this.backups = backups;
    this.audit = audit;
    this.data = data;
    this.maxConnections = maxConnections;
    this.clock = clock;
  }

  public List<Finding> run(Caller caller) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    Instant now = clock.instant();
    List<Finding> found = new ArrayList<>();
    found.add(writable());
    try {
      found.add(Examination.disk(DataDirectory.server(data)));
      found.add(Examination.store(DataDirectory.store(data)));
      found.add(Examination.ledger(data));
      found.add(Examination.certificate(DataDirectory.tls(data), now));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    found.add(Examination.chain(audit.verify(caller)));
    found.add(Examination.openFiles(maxConnections));
    found.add(Examination.lastBackup(backups.last(), now));
    found.add(Examination.oldestWaiting(gauges.commands().oldestQueued(), now));
    return found;
  }

  private Finding writable() {
    try {
      database.check();
      return database.isFull()
          ? Finding.fail("writes", "refused: the disk is full", "make room")
          : Finding.ok("writes", "accepted");
    } catch (Fault e) {
      return Finding.fail("writes", e.getMessage(), "look at the server's log");
    }
  }
}
