package muster.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.enrollment.Use;
import muster.id.DeviceId;
import muster.pairing.PairingCode;
import muster.pairing.PairingStore;

/// Pairing codes in the table `pairing`, wrong ones counted in the one row of `pairing_failure`.
public final class SqlPairingStore implements PairingStore {
  private final SqliteDatabase database;

  public SqlPairingStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(PairingCode code) {
    database
        .writing()
        .update(
            """
            insert into pairing (id, maker_id, auto_approve, failures_before, created_at, expires_at)
            values (?, ?, ?, ?, ?, ?)
            """,
            code.id(),
            code.makerId(),
            SqlValues.orNull(code.autoApprove().map(approve -> approve ? 1 : 0)),
            code.failuresBefore(),
            SqlValues.millis(code.createdAt()),
            SqlValues.millis(code.expiresAt()));
  }

  @Override
  public Optional<PairingCode> find(String id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from pairing where id = ?", SqlPairingStore::pairingCode, id));
  }

  @Override
  public List<PairingCode> claimable(Instant now, Instant usedAfter) {
    return database.read(connection ->
        connection.query(
            """
            select * from pairing
            where voided_at is null
              and ((used_at is null and expires_at > ?) or used_at > ?)
            order by created_at, rowid
            """,
            SqlPairingStore::pairingCode,
            SqlValues.millis(now),
            SqlValues.millis(usedAfter)));
  }

  @Override
  public void markUsed(PairingCode code) {
    Use use = code.use().orElseThrow();
    int changed =
        database
            .writing()
            .update(
                """
                update pairing set used_at = ?, used_hardware_id = ?, used_device = ?
                where id = ? and used_at is null and voided_at is null
                """,
                SqlValues.millis(use.at()),
                SqlValues.orNull(use.hardwareId()),
                use.device().value(),
                code.id());
    if (changed != 1) {
      throw new IllegalStateException("code used or void meanwhile: " + code.id());
    }
  }

  @Override
  public void markVoid(List<PairingCode> codes, Instant at) {
    for (PairingCode code : codes) {
      database
          .writing()
          .update(
              "update pairing set voided_at = ? where id = ? and voided_at is null",
              SqlValues.millis(at),
              code.id());
    }
  }

  @Override
  public boolean delete(String id) {
    return database.writing().update("delete from pairing where id = ?", id) > 0;
  }

  @Override
  public int deleteExpired(Instant before) {
    return database
        .writing()
        .update("delete from pairing where expires_at < ?", SqlValues.millis(before));
  }

  @Override
  public long failures() {
    return database.read(connection ->
        connection
            .queryOne("select failures from pairing_failure", row -> row.number("failures"))
            .orElseThrow());
  }

  @Override
  public long countFailure() {
    database.writing().update("update pairing_failure set failures = failures + 1");
    return failures();
  }

  private static PairingCode pairingCode(SqlRow row) {
    return new PairingCode(
        row.text("id"),
        row.text("maker_id"),
        row.optNumber("auto_approve").map(flag -> flag != 0),
        row.number("failures_before"),
        row.instant("created_at"),
        row.instant("expires_at"),
        row.optInstant("used_at")
            .map(at ->
                new Use(
                    at, row.optText("used_hardware_id"), new DeviceId(row.text("used_device")))),
        row.optInstant("voided_at"));
  }
}
