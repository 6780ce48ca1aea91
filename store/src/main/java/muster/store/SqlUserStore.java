package muster.store;

import java.util.List;
import java.util.Optional;
import muster.account.User;
import muster.account.UserStore;
import muster.auth.Role;

/// Users in the table `user_account`.
public final class SqlUserStore implements UserStore {
  private final SqliteDatabase database;

  public SqlUserStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(User user) {
    database
        .writing()
        .update(
            """
            insert into user_account (id, username, password_hash, role, disabled, created_at,
              last_login_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            user.id(),
            user.username(),
            user.passwordHash(),
            user.role().name(),
            SqlValues.flag(user.disabled()),
            SqlValues.millis(user.createdAt()),
            SqlValues.millis(user.lastLoginAt()));
  }

  @Override
  public Optional<User> find(String username) {
    return database.read(connection ->
        connection.queryOne(
            "select * from user_account where username = ?", SqlUserStore::user, username));
  }

  @Override
  public Optional<User> findById(String id) {
    return database.read(connection ->
        connection.queryOne("select * from user_account where id = ?", SqlUserStore::user, id));
  }

  @Override
  public List<User> list() {
    return database.read(connection ->
        connection.query("select * from user_account order by username", SqlUserStore::user));
  }

  @Override
  public void update(User user) {
    database
        .writing()
        .update(
            """
            update user_account set password_hash = ?, role = ?, disabled = ?, last_login_at = ?
            where id = ?
            """,
            user.passwordHash(),
            user.role().name(),
            SqlValues.flag(user.disabled()),
            SqlValues.millis(user.lastLoginAt()),
            user.id());
  }

  @Override
  public boolean delete(String id) {
    return database.writing().update("delete from user_account where id = ?", id) > 0;
  }

  private static User user(SqlRow row) {
    return new User(
        row.text("id"),
        row.text("username"),
        row.text("password_hash"),
        Role.valueOf(row.text("role")),
        row.flag("disabled"),
        row.instant("created_at"),
        row.optInstant("last_login_at"));
  }
}
