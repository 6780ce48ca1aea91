package muster.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import muster.telemetry.TelemetryStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Samples in an SQLite file of their own: its writer holds up nobody else's, and it is no part of
/// backups. A chunk's key is its hour, then its stream's number, so that an hour lies together.
public final class SqlTelemetryStore implements TelemetryStore, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SqlTelemetryStore.class);
  private static final int READERS = 2;
  private static final int HOUR_SHIFT = 32;
  private static final long NUMBER_MASK = (1L << HOUR_SHIFT) - 1;

  /// Of so many streams each chunk is looked up; of more the hour is read.
  private static final int LOOKED_UP = 100;

  private final SqliteDatabase database;

  /// Opens the file, makes it if need be. One that is damaged is put aside: what was measured is
  /// not worth that the server does not start.
  public SqlTelemetryStore(Path file) {
    this.database = opened(file);
  }

  private static SqliteDatabase opened(Path file) {
    try {
      return prepared(file);
    } catch (StoreException e) {
      if (e.kind() != StoreException.Kind.BROKEN) {
        throw e;
      }
      Path aside = file.resolveSibling(file.getFileName() + ".damaged");
      log.error("{} can't be used and is put aside as {}: samples begin anew", file, aside, e);
      try {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        for (String companion : List.of("-wal", "-shm")) {
          Files.deleteIfExists(file.resolveSibling(file.getFileName() + companion));
        }
      } catch (IOException moving) {
        throw new UncheckedIOException(moving);
      }
      return prepared(file);
    }
  }

  private static SqliteDatabase prepared(Path file) {
    SqliteDatabase database = SqliteDatabase.openAsIs(file, READERS);
    try {
      if (isMade(database)) {
        // Without a write, for which there may be no room; and damage shows now, not later.
        replay(database, (hour, samples) -> {});
        return database;
      }
      database.write(() -> {
        SqlConnection writing = database.writing();
        writing.execute(
            """
            create table stream (
              no integer primary key autoincrement,
              name text unique -- null: nobody's any more
            )
            """);
        writing.execute("create table chunk (k integer primary key, data blob not null)");
        writing.execute(
            """
            create table sample_log (
              id integer primary key,
              hour integer not null,
              data blob not null
            )
            """);
        return true;
      });
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private static boolean isMade(SqliteDatabase database) {
    return database.read(connection ->
        connection
            .queryOne(
                "select 1 as n from sqlite_master where name = 'sample_log'",
                row -> row.number("n"))
            .isPresent());
  }

  @Override
  public void log(long hour, byte[] samples) {
    database.write(() ->
        database
            .writing()
            .update("insert into sample_log (hour, data) values (?, ?)", hour, samples));
  }

  @Override
  public void replay(BiConsumer<Long, byte[]> each) {
    replay(database, each);
  }

  private static void replay(SqliteDatabase database, BiConsumer<Long, byte[]> each) {
    database.read(connection ->
        connection.query(
            "select hour, data from sample_log order by id",
            row -> {
              each.accept(row.number("hour"), row.bytes("data"));
              return true;
            }));
  }

  @Override
  public void seal(long hour, Map<String, byte[]> chunks) {
    database.write(() -> {
      SqlConnection writing = database.writing();
      chunks.forEach((stream, chunk) -> {
        writing.update("insert into stream (name) values (?) on conflict do nothing", stream);
        writing.update(
            "insert or replace into chunk (k, data)"
                + " select (? << 32) | no, ? from stream where name = ?",
            hour,
            chunk,
            stream);
      });
      return true;
    });
  }

  @Override
  public void forgetLog(long hour) {
    database.write(() -> database.writing().update("delete from sample_log where hour = ?", hour));
  }

  private record Named(long number, String name) {}

  @Override
  public void scan(long from, long to, Optional<Set<String>> streams, Visitor visitor) {
    database.read(connection ->
        connection.inSnapshot(() -> {
          scan(connection, from, to, streams, visitor);
          return true;
        }));
  }

  private static void scan(
      SqlConnection connection,
      long from,
      long to,
      Optional<Set<String>> streams,
      Visitor visitor) {
    Optional<Long> first = bound(connection, "min");
    Optional<Long> last = bound(connection, "max");
    if (first.isEmpty() || last.isEmpty()) {
      return;
    }
    Map<Long, String> names = names(connection, streams);
    for (long hour = Math.max(from, first.get()); hour <= Math.min(to, last.get()); hour++) {
      if (streams.isPresent() && names.size() <= LOOKED_UP) {
        for (Map.Entry<Long, String> stream : names.entrySet()) {
          visit(connection, key(hour, stream.getKey()), key(hour, stream.getKey()), names, visitor);
        }
      } else {
        visit(connection, key(hour, 0), key(hour, NUMBER_MASK), names, visitor);
      }
    }
  }

  private static long key(long hour, long number) {
    return hour << HOUR_SHIFT | number;
  }

  private static Optional<Long> bound(SqlConnection connection, String which) {
    return connection
        .queryOne("select " + which + "(k) as k from chunk", row -> row.optNumber("k"))
        .flatMap(k -> k)
        .map(k -> k >> HOUR_SHIFT);
  }

  private static Map<Long, String> names(SqlConnection connection, Optional<Set<String>> streams) {
    List<Named> all =
        streams.isPresent() && streams.get().size() <= LOOKED_UP
            ? looked(connection, streams.get())
            : connection.query(
                "select no, name from stream where name is not null", SqlTelemetryStore::named);
    Map<Long, String> names = new HashMap<>();
    for (Named one : all) {
      if (streams.isEmpty() || streams.get().contains(one.name)) {
        names.put(one.number, one.name);
      }
    }
    return names;
  }

  private static List<Named> looked(SqlConnection connection, Set<String> streams) {
    List<Named> found = new ArrayList<>();
    for (String stream : streams) {
      found.addAll(
          connection.query(
              "select no, name from stream where name = ?", SqlTelemetryStore::named, stream));
    }
    return found;
  }

  private static Named named(SqlRow row) {
    return new Named(row.number("no"), row.text("name"));
  }

  private static void visit(
      SqlConnection connection, long from, long to, Map<Long, String> names, Visitor visitor) {
    connection.query(
        "select k, data from chunk where k between ? and ? order by k",
        row -> {
          long key = row.number("k");
          String name = names.get(key & NUMBER_MASK);
          if (name != null) {
            visitor.chunk(key >> HOUR_SHIFT, name, row.bytes("data"));
          }
          return true;
        },
        from,
        to);
  }

  @Override
  public int drop(long before, int limit) {
    return database.write(() ->
        database
            .writing()
            .update(
                "delete from chunk where k in (select k from chunk where k < ? order by k limit ?)",
                key(before, 0),
                limit));
  }

  @Override
  public void forget(Set<String> streams) {
    database.write(() -> {
      streams.forEach(stream ->
          database.writing().update("update stream set name = null where name = ?", stream));
      return true;
    });
  }

  @Override
  public void close() {
    database.close();
  }
}
