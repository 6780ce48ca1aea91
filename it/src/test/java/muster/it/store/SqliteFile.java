package muster.it.store;

import java.nio.file.Path;
import muster.account.UserStore;
import muster.store.SqlAuditStore;
import muster.store.SqlCommandStore;
import muster.store.SqlConnectionStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlDeviceStore;
import muster.store.SqlEnrollmentStore;
import muster.store.SqlEventStore;
import muster.store.SqlPairingStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;

/// A new SQLite store for each test of a contract suite.
final class SqliteFile implements AutoCloseable {
  private final Path file;
  private SqliteDatabase database;

  SqliteFile(Path directory) {
    this.file = directory.resolve("muster.db");
    this.database = SqliteDatabase.open(file, 2);
  }

  SqliteDatabase database() {
    return database;
  }

  SqlDeviceStore devices() {
    return new SqlDeviceStore(database);
  }

  SqlCommandStore commands() {
    return new SqlCommandStore(database);
  }

  SqlConnectionStore connections() {
    return new SqlConnectionStore(database);
  }

  SqlCredentialStore credentials() {
    return new SqlCredentialStore(database);
  }

  UserStore users() {
    return new SqlUserStore(database);
  }

  SqlEnrollmentStore enrollments() {
    return new SqlEnrollmentStore(database);
  }

  SqlPairingStore pairings() {
    return new SqlPairingStore(database);
  }

  SqlAuditStore audit() {
    return new SqlAuditStore(database);
  }

  SqlEventStore events() {
    return new SqlEventStore(database);
  }

  void reopen() {
    database = SqliteDatabase.open(file, 2);
  }

  @Override
  public void close() {
    database.close();
  }
}
