package muster.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.audit.AuditChain;
import muster.audit.AuditEntry;
import muster.audit.AuditEntry.Outcome;
import muster.audit.AuditHead;
import muster.audit.AuditQuery;
import muster.audit.AuditStore;

/// Audit rows in the table `audit`, whose triggers refuse every change and removal.
public final class SqlAuditStore implements AuditStore {
  private final SqliteDatabase database;

  public SqlAuditStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public AuditHead head() {
    return database.read(connection ->
        connection
            .queryOne(
                "select seq, hash from audit order by seq desc limit 1",
                row -> new AuditHead(row.number("seq"), row.text("hash")))
            .orElse(AuditHead.EMPTY));
  }

  @Override
  public AuditHead append(AuditEntry entry) {
    AuditHead head = head();
    AuditEntry next = entry.withSeq(head.seq() + 1);
    // Hashed as it will be read back: to the millisecond.
    String hash = AuditChain.hash(head.hash(), next);
    database
        .writing()
        .update(
            """
            insert into audit (seq, at, actor, actor_id, action, target, outcome, surface, address,
              request_id, detail, hash)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            next.seq(),
            SqlValues.millis(next.at()),
            next.actor(),
            next.actorId(),
            next.action(),
            next.target(),
            next.outcome().name(),
            next.surface(),
            next.address(),
            next.requestId(),
            SqlValues.json(next.detail()),
            hash);
    return new AuditHead(next.seq(), hash);
  }

  @Override
  public List<Row> find(AuditQuery query, Optional<Long> cursor, int limit) {
    StringBuilder where = new StringBuilder(query.oldestFirst() ? "seq > ?" : "seq < ?");
    List<Object> binds = new ArrayList<>();
    binds.add(cursor.orElse(query.oldestFirst() ? 0 : Long.MAX_VALUE));
    query
        .actor()
        .ifPresent(actor -> {
          where.append(" and (actor = ? or actor_id = ?)");
          binds.add(actor);
          binds.add(actor);
        });
    query
        .action()
        .ifPresent(action -> {
          if (action.endsWith("*")) {
            where.append(" and substr(action, 1, ?) = ?");
            binds.add(action.length() - 1);
            binds.add(action.substring(0, action.length() - 1));
          } else {
            where.append(" and action = ?");
            binds.add(action);
          }
        });
    query
        .target()
        .ifPresent(target -> {
          where.append(" and target = ?");
          binds.add(target);
        });
    query
        .outcome()
        .ifPresent(outcome -> {
          where.append(" and outcome = ?");
          binds.add(outcome.name());
        });
    query
        .requestId()
        .ifPresent(id -> {
          where.append(" and request_id = ?");
          binds.add(id);
        });
    query
        .since()
        .ifPresent(since -> {
          where.append(" and at >= ?");
          binds.add(SqlValues.millis(since));
        });
    query
        .until()
        .ifPresent(until -> {
          where.append(" and at < ?");
          binds.add(SqlValues.millis(until));
        });
    binds.add(limit);
    String order = query.oldestFirst() ? " order by seq" : " order by seq desc";
    String sql = "select * from audit where " + where + order + " limit ?";
    return database.read(connection -> connection.query(sql, binds, SqlAuditStore::row));
  }

  @Override
  public List<Row> after(long after, int limit) {
    return database.read(connection ->
        connection.query(
            "select * from audit where seq > ? order by seq limit ?",
            SqlAuditStore::row,
            after,
            limit));
  }

  private static Row row(SqlRow row) {
    try {
      Outcome outcome = Outcome.valueOf(row.text("outcome"));
      return row(row, outcome, SqlValues.sortedTextMap(row.text("detail")), row.text("hash"));
    } catch (IllegalArgumentException | IllegalStateException e) {
      // Somebody was at the file. The log must still be readable, and the row be found wrong: no
      // row hashes to nothing.
      String asItStands = row.text("outcome") + " " + row.text("detail");
      return row(row, Outcome.DENIED, new TreeMap<>(Map.of("unreadable", asItStands)), "");
    }
  }

  private static Row row(
      SqlRow row, Outcome outcome, SortedMap<String, String> detail, String hash) {
    return new Row(
        new AuditEntry(
            row.number("seq"),
            row.instant("at"),
            row.text("actor"),
            row.text("actor_id"),
            row.text("action"),
            row.text("target"),
            outcome,
            row.text("surface"),
            row.text("address"),
            row.text("request_id"),
            detail),
        hash);
  }
}
