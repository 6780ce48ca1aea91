package muster.store;

import java.util.Optional;
import muster.id.BinaryId;
import muster.id.UpdateId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.update.Artifact;
import muster.update.Update;
import muster.update.UpdateStore;

/// Updates in the table `software_update`.
public final class SqlUpdateStore implements UpdateStore {
  private final SqliteDatabase database;

  public SqlUpdateStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Update update) {
    Update.Content content = update.content();
    database
        .writing()
        .update(
            """
            insert into software_update (uid, name, version, description, artifacts, pacing,
              metadata, status, created_by, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            update.id().value(),
            content.name(),
            content.version(),
            content.description(),
            UpdateJson.artifacts(content.artifacts()),
            UpdateJson.pacing(content.pacing()),
            SqlValues.json(content.metadata()),
            update.status().word(),
            update.createdBy(),
            SqlValues.millis(update.createdAt()));
    content.artifacts().stream()
        .map(Artifact::binary)
        .flatMap(Optional::stream)
        .distinct()
        .forEach(binary -> nameBinary(update.id(), binary));
  }

  private void nameBinary(UpdateId update, String binary) {
    database
        .writing()
        .update(
            """
            insert into software_update_binary (binary_uid, update_id)
            select ?, id from software_update where uid = ?
            """,
            binary,
            update.value());
  }

  @Override
  public Optional<Update> find(UpdateId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from software_update where uid = ?", SqlUpdateStore::update, id.value()));
  }

  @Override
  public Optional<Update> find(String name, String version) {
    return database.read(connection ->
        connection.queryOne(
            "select * from software_update where name = ? and version = ?",
            SqlUpdateStore::update,
            name,
            version));
  }

  @Override
  public Page<Update> list(Optional<String> name, PageRequest page) {
    Sql where = name.map(text -> Sql.of("name = ?", text)).orElse(Sql.of("true"));
    PagedSql paged = PagedSql.newestFirst("id", where, page);
    return database.read(
        connection -> paged.fetch(connection, "*", "software_update", SqlUpdateStore::update));
  }

  @Override
  public void setStatus(UpdateId id, Update.Status status) {
    database
        .writing()
        .update("update software_update set status = ? where uid = ?", status.word(), id.value());
  }

  @Override
  public Optional<UpdateId> naming(BinaryId binary) {
    return database.read(connection ->
        connection.queryOne(
            """
            select u.uid from software_update_binary b join software_update u on u.id = b.update_id
            where b.binary_uid = ? and u.status <> 'deprecated' limit 1
            """,
            row -> new UpdateId(row.text("uid")),
            binary.value()));
  }

  private static Update update(SqlRow row) {
    return new Update(
        new UpdateId(row.text("uid")),
        new Update.Content(
            row.text("name"),
            row.text("version"),
            row.text("description"),
            UpdateJson.artifacts(row.text("artifacts")),
            UpdateJson.pacing(row.text("pacing")),
            SqlValues.textMap(row.text("metadata"))),
        Update.Status.ofWord(row.text("status")),
        row.text("created_by"),
        row.instant("created_at"));
  }
}
