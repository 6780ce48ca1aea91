package muster.store;

import muster.auth.Token;

/// What is changed in a store that comes from a backup, before a server runs on it.
public final class SqlRestore {
  private final SqliteDatabase database;

  public SqlRestore(SqliteDatabase database) {
    this.database = database;
  }

  /// A command that waited when the backup was made may have been delivered since. From now on it
  /// counts as sent once: the device is asked before it runs, and where nobody can say, it ends as
  /// `lost` instead of `expired`.
  ///
  /// @return how many there were
  public int doubtWaitingCommands() {
    return database.write(() ->
        database
            .writing()
            .update(
                """
                update command set attempt = max(attempt, 1), sent_at = created_at
                where status = 'queued' and sent_at is null
                """));
  }

  /// Ends every session, API key, open enrolment token and pairing code; devices' own credentials
  /// stay.
  ///
  /// @return how many there were
  public int expireCredentials() {
    return database.write(() ->
        database
                .writing()
                .update(
                    "delete from credential where kind in (?, ?)",
                    Token.Kind.KEY.name(),
                    Token.Kind.SESSION.name())
            + database.writing().update("delete from enrollment where used_at is null")
            + database.writing().update("delete from pairing where used_at is null"));
  }

  /// How many commands had not ended.
  public long unfinishedCommands() {
    return database.read(connection ->
        connection
            .queryOne(
                "select count(*) as n from command where status in ('queued', 'sent', 'running')",
                row -> row.number("n"))
            .orElse(0L));
  }
}
