package muster.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.blob.Checksum;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.transfer.Transfer;
import muster.transfer.TransferStatus;
import muster.transfer.TransferStore;

/// Transfers in the table `transfer`.
public final class SqlTransferStore implements TransferStore {
  private final SqliteDatabase database;

  public SqlTransferStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Transfer transfer) {
    database
        .writing()
        .update(
            """
            insert into transfer (uid, device_uid, direction, path, mode, requested_by,
              requester_id, created_at, expires_at, status, size, bytes_done, checksum, error,
              finished_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            transfer.id().value(),
            transfer.device().value(),
            transfer.direction().word(),
            transfer.path(),
            SqlValues.orNull(transfer.mode()),
            transfer.requestedBy(),
            transfer.requesterId(),
            SqlValues.millis(transfer.createdAt()),
            SqlValues.millis(transfer.expiresAt()),
            transfer.status().word(),
            SqlValues.orNull(transfer.size()),
            transfer.bytesDone(),
            SqlValues.orNull(transfer.checksum().map(Checksum::text)),
            SqlValues.orNull(transfer.error()),
            SqlValues.millis(transfer.finishedAt()));
  }

  @Override
  public void update(Transfer transfer) {
    database
        .writing()
        .update(
            """
            update transfer set status = ?, size = ?, bytes_done = ?, checksum = ?, error = ?,
              finished_at = ?
            where uid = ?
            """,
            transfer.status().word(),
            SqlValues.orNull(transfer.size()),
            transfer.bytesDone(),
            SqlValues.orNull(transfer.checksum().map(Checksum::text)),
            SqlValues.orNull(transfer.error()),
            SqlValues.millis(transfer.finishedAt()),
            transfer.id().value());
  }

  @Override
  public Optional<Transfer> find(TransferId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from transfer where uid = ?", SqlTransferStore::transfer, id.value()));
  }

  @Override
  public List<Transfer> of(DeviceId device, Set<TransferStatus> statuses, int offset, int limit) {
    Sql query =
        matching("select * from transfer", device, statuses)
            .then(" order by id desc limit ? offset ?", limit, offset);
    return database.read(connection ->
        connection.query(query.text(), SqlTransferStore::transfer, query.binds().toArray()));
  }

  @Override
  public long count(DeviceId device, Set<TransferStatus> statuses) {
    Sql query = matching("select count(*) as n from transfer", device, statuses);
    return database
        .read(connection ->
            connection.queryOne(query.text(), row -> row.number("n"), query.binds().toArray()))
        .orElseThrow();
  }

  private static Sql matching(String select, DeviceId device, Set<TransferStatus> statuses) {
    Sql words =
        Sql.join(
            ", ", statuses.stream().sorted().map(status -> Sql.of("?", status.word())).toList());
    return Sql.concat(
        Sql.of(select + " where device_uid = ? and status in (", device.value()),
        words,
        // What the index of unfinished ones asks for.
        Sql.of(
            statuses.stream().anyMatch(TransferStatus::isFinal)
                ? ")"
                : ") and finished_at is null"));
  }

  @Override
  public List<Transfer> unfinished(DeviceId device) {
    return database.read(connection ->
        connection.query(
            "select * from transfer where device_uid = ? and finished_at is null order by id",
            SqlTransferStore::transfer,
            device.value()));
  }

  @Override
  public List<Transfer> running() {
    return database.read(connection ->
        connection.query(
            "select * from transfer where status = 'running' order by id",
            SqlTransferStore::transfer));
  }

  @Override
  public List<Transfer> due(Instant now, int limit) {
    return database.read(connection ->
        connection.query(
            """
            select * from transfer where finished_at is null and expires_at <= ?
            order by expires_at limit ?
            """,
            SqlTransferStore::transfer,
            SqlValues.millis(now),
            limit));
  }

  @Override
  public void deleteOf(DeviceId device) {
    database.writing().update("delete from transfer where device_uid = ?", device.value());
  }

  @Override
  public int deleteEnded(Instant before, int limit) {
    return database
        .writing()
        .update(
            """
            delete from transfer where id in
              (select id from transfer where finished_at < ? order by finished_at limit ?)
            """,
            SqlValues.millis(before),
            limit);
  }

  private static Transfer transfer(SqlRow row) {
    return new Transfer(
        new TransferId(row.text("uid")),
        new DeviceId(row.text("device_uid")),
        direction(row.text("direction")),
        row.text("path"),
        row.optText("mode"),
        row.text("requested_by"),
        row.text("requester_id"),
        row.instant("created_at"),
        row.instant("expires_at"),
        TransferStatus.ofWord(row.text("status")).orElseThrow(),
        row.optNumber("size"),
        row.number("bytes_done"),
        row.optText("checksum").flatMap(Checksum::parse),
        row.optText("error"),
        row.optInstant("finished_at"));
  }

  private static Transfer.Direction direction(String word) {
    return word.equals(Transfer.Direction.UPLOAD.word())
        ? Transfer.Direction.UPLOAD
        : Transfer.Direction.DOWNLOAD;
  }
}
