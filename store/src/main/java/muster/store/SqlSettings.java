package muster.store;

import java.util.Optional;
import java.util.function.Supplier;

/// Secrets and facts of the installation in the table `setting`.
public final class SqlSettings {
  private final SqliteDatabase database;

  public SqlSettings(SqliteDatabase database) {
    this.database = database;
  }

  /// The value of that name; made and stored when it is not there yet.
  public byte[] getOrCreate(String name, Supplier<byte[]> make) {
    return database.write(() -> {
      Optional<byte[]> present =
          database
              .writing()
              .queryOne(
                  "select value from setting where name = ?", row -> row.bytes("value"), name);
      if (present.isPresent()) {
        return present.get();
      }
      byte[] value = make.get();
      database.writing().update("insert into setting (name, value) values (?, ?)", name, value);
      return value;
    });
  }

  public Optional<byte[]> get(String name) {
    return database.read(connection ->
        connection.queryOne(
            "select value from setting where name = ?", row -> row.bytes("value"), name));
  }

  public void put(String name, byte[] value) {
    database.write(() ->
        database
            .writing()
            .update(
                """
                insert into setting (name, value) values (?, ?)
                on conflict (name) do update set value = excluded.value
                """,
                name,
                value));
  }
}
