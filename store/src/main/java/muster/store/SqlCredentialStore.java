package muster.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.account.Credential;
import muster.account.CredentialStore;
import muster.auth.Role;
import muster.auth.Token;

/// Credentials in the table `credential`.
public final class SqlCredentialStore implements CredentialStore {
  private final SqliteDatabase database;

  public SqlCredentialStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Credential credential) {
    database
        .writing()
        .update(
            """
            insert into credential (id, kind, owner, name, role, scope, hash, created_at,
              expires_at, last_used_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            credential.id(),
            credential.kind().name(),
            credential.owner(),
            credential.name(),
            credential.role().name(),
            SqlValues.orNull(credential.scope()),
            credential.hash(),
            SqlValues.millis(credential.createdAt()),
            SqlValues.millis(credential.expiresAt()),
            SqlValues.millis(credential.lastUsedAt()));
  }

  @Override
  public Optional<Credential> find(String id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from credential where id = ?", SqlCredentialStore::credential, id));
  }

  @Override
  public List<Credential> list(Token.Kind kind) {
    return database.read(connection ->
        connection.query(
            "select * from credential where kind = ? order by created_at, id",
            SqlCredentialStore::credential,
            kind.name()));
  }

  @Override
  public List<Credential> listOf(Token.Kind kind, String owner) {
    return database.read(connection ->
        connection.query(
            "select * from credential where kind = ? and owner = ? order by created_at, id",
            SqlCredentialStore::credential,
            kind.name(),
            owner));
  }

  @Override
  public boolean delete(String id) {
    return database.writing().update("delete from credential where id = ?", id) > 0;
  }

  @Override
  public int deleteOf(Token.Kind kind, String owner) {
    return database
        .writing()
        .update("delete from credential where kind = ? and owner = ?", kind.name(), owner);
  }

  @Override
  public int deleteOthers(Token.Kind kind, String owner, String id) {
    return database
        .writing()
        .update(
            "delete from credential where kind = ? and owner = ? and id <> ?",
            kind.name(),
            owner,
            id);
  }

  @Override
  public int deleteExpired(Instant before) {
    return database
        .writing()
        .update("delete from credential where expires_at < ?", SqlValues.millis(before));
  }

  @Override
  public void touch(Map<String, Instant> lastUsed) {
    lastUsed.forEach((id, at) ->
        database
            .writing()
            .update(
                "update credential set last_used_at = ? where id = ?", SqlValues.millis(at), id));
  }

  private static Credential credential(SqlRow row) {
    return new Credential(
        row.text("id"),
        Token.Kind.valueOf(row.text("kind")),
        row.text("owner"),
        row.text("name"),
        Role.valueOf(row.text("role")),
        row.optText("scope"),
        row.text("hash"),
        row.instant("created_at"),
        row.optInstant("expires_at"),
        row.optInstant("last_used_at"));
  }
}
