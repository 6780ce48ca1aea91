package muster.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.binary.Binary;
import muster.binary.BinaryStore;
import muster.binary.Label;
import muster.binary.Signature;
import muster.binary.Upload;
import muster.binary.UploadStore;
import muster.blob.Checksum;
import muster.id.BinaryId;
import muster.id.UploadId;
import muster.page.Page;
import muster.page.PageRequest;

/// Binaries and unfinished uploads in the tables `binary` and `upload`, which say the same of what
/// the file is.
public final class SqlBinaryStore implements BinaryStore, UploadStore {
  private final SqliteDatabase database;

  public SqlBinaryStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Binary binary) {
    Label label = binary.label();
    database
        .writing()
        .update(
            """
            insert into binary (uid, name, version, platform, architecture, metadata,
              content_type, signature, checksum, size, uploaded_by, uploader_id, uploaded_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            binary.id().value(),
            label.name(),
            label.version(),
            label.platform(),
            label.architecture().orElse(""),
            SqlValues.json(label.metadata()),
            SqlValues.orNull(label.contentType()),
            SqlValues.orNull(label.signature().map(Signature::text)),
            binary.checksum().text(),
            binary.size(),
            binary.uploadedBy(),
            binary.uploaderId(),
            SqlValues.millis(binary.uploadedAt()));
  }

  @Override
  public Optional<Binary> find(BinaryId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from binary where uid = ?", SqlBinaryStore::binary, id.value()));
  }

  @Override
  public Optional<Binary> find(Label label) {
    return database.read(connection ->
        connection.queryOne(
            """
            select * from binary
            where name = ? and version = ? and platform = ? and architecture = ?
            """,
            SqlBinaryStore::binary,
            label.name(),
            label.version(),
            label.platform(),
            label.architecture().orElse("")));
  }

  @Override
  public Page<Binary> list(Optional<String> name, PageRequest page) {
    Sql where = name.map(text -> Sql.of("name = ?", text)).orElse(Sql.of("true"));
    PagedSql paged = PagedSql.newestFirst("id", where, page);
    return database.read(
        connection -> paged.fetch(connection, "*", "binary", SqlBinaryStore::binary));
  }

  @Override
  public boolean isNamed(Checksum checksum) {
    return database
        .read(connection ->
            connection.queryOne(
                "select 1 as n from binary where checksum = ? limit 1",
                row -> row.number("n"),
                checksum.text()))
        .isPresent();
  }

  @Override
  public boolean delete(BinaryId id) {
    return database.writing().update("delete from binary where uid = ?", id.value()) > 0;
  }

  @Override
  public void insert(Upload upload) {
    Label label = upload.label();
    database
        .writing()
        .update(
            """
            insert into upload (uid, name, version, platform, architecture, metadata,
              content_type, signature, size, checksum, begun_by, beginner_id, created_at,
              expires_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            upload.id().value(),
            label.name(),
            label.version(),
            label.platform(),
            label.architecture().orElse(""),
            SqlValues.json(label.metadata()),
            SqlValues.orNull(label.contentType()),
            SqlValues.orNull(label.signature().map(Signature::text)),
            upload.size(),
            SqlValues.orNull(upload.checksum().map(Checksum::text)),
            upload.begunBy(),
            upload.beginnerId(),
            SqlValues.millis(upload.createdAt()),
            SqlValues.millis(upload.expiresAt()));
  }

  @Override
  public Optional<Upload> find(UploadId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from upload where uid = ?", SqlBinaryStore::upload, id.value()));
  }

  @Override
  public Optional<Upload> find(String beginnerId, Label label, long size, Checksum checksum) {
    return database.read(connection ->
        connection.queryOne(
            """
            select * from upload
            where checksum = ? and beginner_id = ? and size = ?
              and name = ? and version = ? and platform = ? and architecture = ?
            order by id desc limit 1
            """,
            SqlBinaryStore::upload,
            checksum.text(),
            beginnerId,
            size,
            label.name(),
            label.version(),
            label.platform(),
            label.architecture().orElse("")));
  }

  @Override
  public long count() {
    return database
        .read(connection ->
            connection.queryOne("select count(*) as n from upload", row -> row.number("n")))
        .orElseThrow();
  }

  @Override
  public List<Upload> due(Instant now, int limit) {
    return database.read(connection ->
        connection.query(
            "select * from upload where expires_at <= ? order by expires_at limit ?",
            SqlBinaryStore::upload,
            SqlValues.millis(now),
            limit));
  }

  @Override
  public boolean delete(UploadId id) {
    return database.writing().update("delete from upload where uid = ?", id.value()) > 0;
  }

  private static Binary binary(SqlRow row) {
    return new Binary(
        new BinaryId(row.text("uid")),
        label(row),
        Checksum.parse(row.text("checksum")).orElseThrow(),
        row.number("size"),
        row.text("uploaded_by"),
        row.text("uploader_id"),
        row.instant("uploaded_at"));
  }

  private static Upload upload(SqlRow row) {
    return new Upload(
        new UploadId(row.text("uid")),
        label(row),
        row.number("size"),
        row.optText("checksum").flatMap(Checksum::parse),
        row.text("begun_by"),
        row.text("beginner_id"),
        row.instant("created_at"),
        row.instant("expires_at"));
  }

  private static Label label(SqlRow row) {
    return new Label(
        row.text("name"),
        row.text("version"),
        row.text("platform"),
        Optional.of(row.text("architecture")).filter(text -> !text.isEmpty()),
        SqlValues.textMap(row.text("metadata")),
        row.optText("content_type"),
        row.optText("signature").map(Signature::new));
  }
}
