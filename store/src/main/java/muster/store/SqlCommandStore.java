package muster.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.command.Command;
import muster.command.CommandQuery;
import muster.command.CommandStatus;
import muster.command.CommandStore;
import muster.command.Lane;
import muster.command.OutputChunk;
import muster.id.CommandId;
import muster.id.DeviceId;
import org.jspecify.annotations.Nullable;

/// Commands in the table `command`, their output in `command_output`.
public final class SqlCommandStore implements CommandStore {
  private static final String UNFINISHED = "status in ('queued', 'sent', 'running')";

  private final SqliteDatabase database;

  public SqlCommandStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Command command) {
    database
        .writing()
        .update(
            """
            insert into command (uid, device_uid, tool, args, requested_by, requester_id, lane,
              idempotent, idempotency_key, timeout_ms, created_at, expires_at, status, attempt,
              first_attempt, output_before, cancel_requested, due_at, truncated)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            """,
            command.id().value(),
            command.device().value(),
            command.tool(),
            SqlValues.json(command.args()),
            command.requestedBy(),
            command.requesterId(),
            command.lane().ordinal(),
            SqlValues.flag(command.idempotent()),
            SqlValues.orNull(command.idempotencyKey()),
            command.timeout().toMillis(),
            SqlValues.millis(command.createdAt()),
            SqlValues.millis(command.expiresAt()),
            command.status().word(),
            command.attempt(),
            command.run().firstAttempt(),
            command.run().outputBefore(),
            SqlValues.flag(command.cancelRequested()),
            SqlValues.millis(command.dueAt()));
  }

  @Override
  public Optional<Command> find(CommandId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from command where uid = ?", SqlCommandStore::command, id.value()));
  }

  @Override
  public Optional<Command> findByIdempotencyKey(String requesterId, String key) {
    return database.read(connection ->
        connection.queryOne(
            "select * from command where requester_id = ? and idempotency_key = ?",
            SqlCommandStore::command,
            requesterId,
            key));
  }

  @Override
  public void update(Command command) {
    Optional<Command.Result> result = command.result();
    database
        .writing()
        .update(
            """
            update command set status = ?, attempt = ?, first_attempt = ?, output_before = ?,
              cancel_requested = ?, sent_at = ?, lease_until = ?, started_at = ?, finished_at = ?, due_at = ?,
              exit_code = ?, error = ?, duration_ms = ?, truncated = ?
            where uid = ?
            """,
            command.status().word(),
            command.attempt(),
            command.run().firstAttempt(),
            command.run().outputBefore(),
            SqlValues.flag(command.cancelRequested()),
            SqlValues.millis(command.sentAt()),
            SqlValues.millis(command.leaseUntil()),
            SqlValues.millis(command.startedAt()),
            SqlValues.millis(command.finishedAt()),
            SqlValues.millis(command.dueAt()),
            SqlValues.orNull(result.flatMap(Command.Result::exitCode)),
            SqlValues.orNull(result.flatMap(Command.Result::error)),
            SqlValues.orNull(result.flatMap(Command.Result::duration).map(Duration::toMillis)),
            SqlValues.flag(result.map(Command.Result::truncated).orElse(false)),
            command.id().value());
  }

  @Override
  public List<Command> find(CommandQuery query, int limit) {
    StringBuilder where = new StringBuilder("1 = 1");
    List<@Nullable Object> binds = new ArrayList<>();
    query
        .device()
        .ifPresent(device -> {
          where.append(" and device_uid = ?");
          binds.add(device.value());
        });
    query
        .status()
        .ifPresent(status -> {
          where.append(" and status = ?");
          binds.add(status.word());
        });
    query
        .before()
        .ifPresent(before -> {
          where.append(" and id < (select id from command where uid = ?)");
          binds.add(before.value());
        });
    binds.add(limit);
    String sql = "select * from command where " + where + " order by id desc limit ?";
    return database.read(connection -> connection.query(sql, binds, SqlCommandStore::command));
  }

  @Override
  public List<Command> history(DeviceId device, int offset, int limit) {
    return database.read(connection ->
        connection.query(
            """
            select * from command where id in
              (select id from command where device_uid = ? order by id desc limit ? offset ?)
            order by id desc
            """,
            SqlCommandStore::command,
            device.value(),
            limit,
            offset));
  }

  @Override
  public List<Command> queued(DeviceId device, Lane lane, int limit) {
    return database.read(connection ->
        connection.query(
            "select * from command where device_uid = ? and lane = ? and status = 'queued'"
                + " order by id limit ?",
            SqlCommandStore::command,
            device.value(),
            lane.ordinal(),
            limit));
  }

  @Override
  public int queued(DeviceId device) {
    return (int)
        count(
            "select count(*) as n from command where device_uid = ? and status = 'queued'", device);
  }

  @Override
  public Map<DeviceId, Integer> depths() {
    Map<DeviceId, Integer> depths = new HashMap<>();
    String counted = "select device_uid, count(*) as n from command where ";
    for (String which :
        List.of("status = 'queued'", "attempt > 0 and " + UNFINISHED + " and status <> 'queued'")) {
      database
          .read(connection ->
              connection.query(
                  counted + which + " group by device_uid",
                  row -> Map.entry(new DeviceId(row.text("device_uid")), (int) row.number("n"))))
          .forEach(entry -> depths.merge(entry.getKey(), entry.getValue(), Integer::sum));
    }
    return depths;
  }

  @Override
  public long count(DeviceId device) {
    return count("select count(*) as n from command where device_uid = ?", device);
  }

  private long count(String sql, DeviceId device) {
    return database
        .read(connection -> connection.queryOne(sql, row -> row.number("n"), device.value()))
        .orElseThrow();
  }

  @Override
  public List<CommandId> unfinished(DeviceId device) {
    return database.read(connection ->
        connection.query(
            """
            select uid, lane, id from command where device_uid = ? and status = 'queued'
            union all
            select uid, lane, id from command
            where device_uid = ? and attempt > 0 and %s and status <> 'queued'
            order by lane, id
            """
                .formatted(UNFINISHED),
            SqlCommandStore::id,
            device.value(),
            device.value()));
  }

  @Override
  public List<CommandId> unsent(DeviceId device) {
    return database.read(connection ->
        connection.query(
            """
            select uid from command where device_uid = ? and status = 'queued' and sent_at is null
            order by lane, id
            """,
            SqlCommandStore::id,
            device.value()));
  }

  @Override
  public List<Command> delivered(DeviceId device) {
    return database.read(connection ->
        connection.query(
            "select * from command where device_uid = ? and attempt > 0 and "
                + UNFINISHED
                + " order by id",
            SqlCommandStore::command,
            device.value()));
  }

  @Override
  public List<CommandId> due(Instant now, int limit) {
    return database.read(connection ->
        connection.query(
            "select uid from command where due_at <= ? order by due_at limit ?",
            SqlCommandStore::id,
            SqlValues.millis(now),
            limit));
  }

  @Override
  public boolean appendOutput(CommandId id, OutputChunk chunk) {
    return database
            .writing()
            .update(
                """
                insert into command_output (key, stream, gap_bytes, data)
                select (id << 20) | ?, ?, ?, ? from command where uid = ?
                on conflict do nothing
                """,
                chunk.seq(),
                chunk.stream().ordinal(),
                chunk.gapBytes(),
                chunk.data(),
                id.value())
        > 0;
  }

  @Override
  public List<OutputChunk> output(CommandId id, long after, int limit) {
    return database.read(connection ->
        connection.query(
            """
            select o.key & 1048575 as seq, o.stream, o.gap_bytes, o.data
            from command c join command_output o
              on o.key > ((c.id << 20) | ?) and o.key < ((c.id + 1) << 20)
            where c.uid = ? order by o.key limit ?
            """,
            row ->
                new OutputChunk(
                    row.number("seq"),
                    OutputChunk.Stream.values()[(int) row.number("stream")],
                    row.bytes("data"),
                    row.number("gap_bytes")),
            Math.min(after, OutputChunk.MAX_SEQ),
            id.value(),
            limit));
  }

  @Override
  public long receivedSeq(CommandId id) {
    return database.read(connection ->
        connection
            .queryOne(
                """
                select coalesce(max(seq), 0) as received
                from (
                  select o.key & 1048575 as seq, row_number() over (order by o.key) as place
                  from command c join command_output o
                    on o.key > (c.id << 20) and o.key < ((c.id + 1) << 20)
                  where c.uid = ?)
                where seq = place
                """,
                row -> row.number("received"),
                id.value())
            .orElse(0L));
  }

  @Override
  public int deleteEnded(Instant before, int limit) {
    List<Long> ids =
        database
            .writing()
            .query(
                "select id from command where finished_at < ? order by finished_at limit ?",
                row -> row.number("id"),
                SqlValues.millis(before),
                limit);
    ids.forEach(this::delete);
    return ids.size();
  }

  @Override
  public void deleteOf(DeviceId device) {
    database
        .writing()
        .query(
            "select id from command where device_uid = ?", row -> row.number("id"), device.value())
        .forEach(this::delete);
  }

  private void delete(long id) {
    database
        .writing()
        .update("delete from command_output where key >= ? and key < ?", id << 20, (id + 1) << 20);
    database.writing().update("delete from command where id = ?", id);
  }

  private static CommandId id(SqlRow row) {
    return new CommandId(row.text("uid"));
  }

  private static Command command(SqlRow row) {
    CommandStatus status = CommandStatus.valueOf(row.text("status").toUpperCase(Locale.ROOT));
    return new Command(
        id(row),
        new DeviceId(row.text("device_uid")),
        row.text("tool"),
        SqlValues.map(row.text("args")),
        row.text("requested_by"),
        row.text("requester_id"),
        Lane.values()[(int) row.number("lane")],
        row.flag("idempotent"),
        Duration.ofMillis(row.number("timeout_ms")),
        row.instant("created_at"),
        row.instant("expires_at"),
        row.optText("idempotency_key"),
        status,
        (int) row.number("attempt"),
        new Command.Run((int) row.number("first_attempt"), row.number("output_before")),
        row.flag("cancel_requested"),
        row.optInstant("sent_at"),
        row.optInstant("lease_until"),
        row.optInstant("started_at"),
        row.optInstant("finished_at"),
        status.isFinal() ? Optional.of(result(row)) : Optional.empty());
  }

  private static Command.Result result(SqlRow row) {
    return new Command.Result(
        row.optNumber("exit_code").map(Long::intValue),
        row.optText("error"),
        row.optNumber("duration_ms").map(Duration::ofMillis),
        row.flag("truncated"));
  }
}
