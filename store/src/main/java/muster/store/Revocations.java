package muster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import muster.store.RevocationLedger.Entry;

/// Keeps the table `revocation`, which triggers fill whenever a right ends, and the file beside the
/// store in step; and carries out again what a store older than the file does not know of. So
/// whoever puts back an older store, by `muster restore` or by hand, revives nobody.
final class Revocations {
  private static final String LEDGER = "revocation_ledger";

  private Revocations() {}

  /// @param applied how many revocations the store did not know of
  /// @param ledgerMissing the store had another file than the one that is here, so what was revoked
  ///   after this store was written can't be known
  /// @param damagedLines lines of the file that can't be read
  record Outcome(int applied, boolean ledgerMissing, int damagedLines) {}

  /// In a write transaction of `connection`, before anybody reads.
  static Outcome reconcile(SqlConnection connection, RevocationLedger ledger) {
    Optional<String> known =
        connection.queryOne(
            "select value from setting where name = ?",
            row -> new String(row.bytes("value"), UTF_8),
            LEDGER);
    boolean same = known.equals(Optional.of(ledger.name()));
    List<Entry> ours = rows(connection, 0);
    long from = same ? ours.stream().mapToLong(Entry::seq).max().orElse(0) : 0;
    List<Entry> missing = ledger.read().stream().filter(entry -> entry.seq() > from).toList();
    if (!same) {
      // Another file's numbers: the table begins anew as a copy of it, with our own behind.
      connection.update("delete from revocation");
      connection.update("delete from sqlite_sequence where name = 'revocation'");
    }
    missing.forEach(entry ->
        connection.update(
            "insert into revocation (seq, kind, id) values (?, ?, ?)",
            entry.seq(),
            entry.kind(),
            entry.id()));
    if (!same) {
      ours.forEach(entry -> add(connection, entry));
      connection.update(
          "insert into setting (name, value) values (?, ?)"
              + " on conflict (name) do update set value = excluded.value",
          LEDGER,
          ledger.name().getBytes(UTF_8));
    }
    missing.forEach(entry -> carryOut(connection, entry));
    return new Outcome(missing.size(), known.isPresent() && !same, ledger.damagedLines());
  }

  private static void add(SqlConnection connection, Entry entry) {
    connection.update("insert into revocation (kind, id) values (?, ?)", entry.kind(), entry.id());
  }

  /// What the present transaction, or those before it, revoked behind `seq`.
  static List<Entry> rows(SqlConnection connection, long seq) {
    return connection.query(
        "select seq, kind, id from revocation where seq > ? order by seq",
        row -> new Entry(row.number("seq"), row.text("kind"), row.text("id")),
        seq);
  }

  /// Before the commit of what `connection` has changed. A store without a ledger has no such
  /// table.
  static void record(SqlConnection connection, RevocationLedger ledger) {
    if (ledger.isUsed()) {
      ledger.append(rows(connection, ledger.lastSeq()));
    }
  }

  private static void carryOut(SqlConnection connection, Entry entry) {
    String id = entry.id();
    switch (entry.kind()) {
      case "credential" -> connection.update("delete from credential where id = ?", id);
      case "enrollment" -> connection.update("delete from enrollment where id = ?", id);
      case "pairing" -> connection.update("delete from pairing where id = ?", id);
      case "user" -> {
        endSessions(connection, id);
        connection.update("delete from user_account where username = ?", id);
      }
      // Its password, role or lock was changed: the old ones must not count again.
      case "user-changed" -> {
        connection.update("update user_account set disabled = 1 where username = ?", id);
        endSessions(connection, id);
      }
      case "device-denied", "device-blocked", "device-revoked" ->
          connection.update(
              "update device set approval = ? where uid = ? and approval <> 'blocked'",
              entry.kind().substring("device-".length()),
              id);
      case "device" -> {
        connection.update(
            "delete from credential where kind in ('DEVICE', 'CERTIFICATE') and owner = ?", id);
        connection.update("delete from device where uid = ?", id);
        connection.update(
            """
            update command set status = 'lost', finished_at = unixepoch() * 1000, due_at = null,
              lease_until = null, error = 'the device was deleted'
            where device_uid = ? and status in ('queued', 'sent', 'running')
            """,
            id);
        connection.update(
            "update campaign_part set ended = 1 where device_uid = ? and command_uid is not null",
            id);
        connection.update(
            """
            update transfer set status = 'failed', finished_at = unixepoch() * 1000,
              error = 'the device was deleted'
            where device_uid = ? and finished_at is null
            """,
            id);
      }
      // Of a later version: it can't be carried out here, and stays on record.
      default -> {}
    }
  }

  private static void endSessions(SqlConnection connection, String username) {
    connection.update(
        """
        delete from credential where kind = 'SESSION'
          and owner in (select id from user_account where username = ?)
        """,
        username);
  }
}
