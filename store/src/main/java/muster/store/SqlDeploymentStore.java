package muster.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import muster.device.LinkEnd;
import muster.id.BinaryId;
import muster.id.CommandId;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.id.UpdateId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.rollout.Tally;
import muster.rollout.Vitals;
import muster.update.Deployment;
import muster.update.Deployment.Part;
import muster.update.DeploymentStore;

/// Deployments in the table `deployment`, their devices in `deployment_device`, counted by triggers
/// in `deployment_tally`.
public final class SqlDeploymentStore implements DeploymentStore {
  /// How long after its installation a device may start anew as a part of it.
  private static final Duration SETTLING = Duration.ofMinutes(1);

  private static final String ID = "(select id from deployment where uid = ?)";

  private final SqliteDatabase database;

  public SqlDeploymentStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Deployment deployment, List<Part> parts) {
    database
        .writing()
        .update(
            """
            insert into deployment (uid, update_uid, reverts, plan, terms, status, batch, batches,
              batch_since, last_end, message, requested_by, requester_id, reason, created_at,
              updated_at, finished_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            deployment.id().value(),
            deployment.update().value(),
            SqlValues.orNull(deployment.reverts().map(DeploymentId::value)),
            UpdateJson.plan(deployment.plan()),
            UpdateJson.terms(deployment.terms()),
            deployment.status().word(),
            deployment.batch(),
            deployment.batches(),
            SqlValues.millis(deployment.batchSince()),
            SqlValues.millis(deployment.lastEnd()),
            deployment.message(),
            deployment.requestedBy(),
            deployment.requesterId(),
            deployment.reason(),
            SqlValues.millis(deployment.createdAt()),
            SqlValues.millis(deployment.updatedAt()),
            SqlValues.millis(deployment.finishedAt()));
    long id = number(deployment.id());
    for (int place = 0; place < parts.size(); place++) {
      insert(id, place, parts.get(place));
    }
  }

  private long number(DeploymentId id) {
    return database
        .writing()
        .queryOne("select id from deployment where uid = ?", row -> row.number("id"), id.value())
        .orElseThrow();
  }

  private void insert(long deployment, long place, Part part) {
    database
        .writing()
        .update(
            """
            insert into deployment_device (deployment_id, place, device_uid, batch, at, command_uid,
              from_version, reason, detail, retries, started_at, finished_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            deployment,
            place,
            part.device().value(),
            part.batch(),
            part.at().word(),
            SqlValues.orNull(part.command().map(CommandId::value)),
            SqlValues.orNull(part.from()),
            SqlValues.orNull(part.reason()),
            SqlValues.orNull(part.detail()),
            part.retries(),
            SqlValues.millis(part.startedAt()),
            SqlValues.millis(part.finishedAt()));
  }

  @Override
  public void add(DeploymentId id, Part part) {
    long deployment = number(id);
    long last =
        database
            .writing()
            .queryOne(
                "select max(place) as place from deployment_device where deployment_id = ?",
                row -> row.optNumber("place").orElse(-1L),
                deployment)
            .orElseThrow();
    insert(deployment, last + 1, part);
  }

  @Override
  public Optional<Deployment> find(DeploymentId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from deployment where uid = ?", SqlDeploymentStore::deployment, id.value()));
  }

  @Override
  public void update(Deployment deployment) {
    database
        .writing()
        .update(
            """
            update deployment set status = ?, batch = ?, batch_since = ?, last_end = ?, message = ?,
              requested_by = ?, requester_id = ?, updated_at = ?, finished_at = ?
            where uid = ?
            """,
            deployment.status().word(),
            deployment.batch(),
            SqlValues.millis(deployment.batchSince()),
            SqlValues.millis(deployment.lastEnd()),
            deployment.message(),
            deployment.requestedBy(),
            deployment.requesterId(),
            SqlValues.millis(deployment.updatedAt()),
            SqlValues.millis(deployment.finishedAt()),
            deployment.id().value());
  }

  @Override
  public void ended(DeploymentId id, Instant at) {
    database
        .writing()
        .update(
            "update deployment set last_end = ?, updated_at = ? where uid = ?",
            SqlValues.millis(at),
            SqlValues.millis(at),
            id.value());
  }

  @Override
  public Page<Deployment> list(PageRequest page) {
    PagedSql paged = PagedSql.newestFirst("id", Sql.of("true"), page);
    return database.read(
        connection -> paged.fetch(connection, "*", "deployment", SqlDeploymentStore::deployment));
  }

  @Override
  public List<DeploymentId> open() {
    return database.read(connection ->
        connection.query(
            "select uid from deployment where finished_at is null order by id",
            row -> new DeploymentId(row.text("uid"))));
  }

  @Override
  public Optional<Deployment> revertOf(DeploymentId id) {
    return database.read(connection ->
        connection.queryOne(
            """
            select * from deployment where reverts = ? and finished_at is null
            order by id desc limit 1
            """,
            SqlDeploymentStore::deployment,
            id.value()));
  }

  @Override
  public Tally tally(DeploymentId id) {
    return tally(id, 0);
  }

  @Override
  public Tally tally(DeploymentId id, int batch) {
    record Count(Part.At at, int devices) {}
    List<Count> counts =
        database.read(connection ->
            connection.query(
                "select at, devices from deployment_tally where deployment_id = "
                    + ID
                    + " and batch = ?",
                row -> new Count(Part.At.ofWord(row.text("at")), (int) row.number("devices")),
                id.value(),
                batch));
    Map<Part.At, Integer> by = new EnumMap<>(Part.At.class);
    counts.forEach(count -> by.put(count.at(), count.devices()));
    return new Tally(
        by.getOrDefault(Part.At.PENDING, 0),
        by.getOrDefault(Part.At.AWAY, 0),
        by.getOrDefault(Part.At.RUNNING, 0),
        by.getOrDefault(Part.At.SUCCEEDED, 0),
        by.getOrDefault(Part.At.FAILED, 0),
        by.getOrDefault(Part.At.LEFT_OUT, 0),
        by.getOrDefault(Part.At.ROLLED_BACK, 0));
  }

  @Override
  public List<Part> pending(DeploymentId id, int batch, int limit) {
    return database.read(connection ->
        connection.query(
            "select * from deployment_device indexed by deployment_device_pending"
                + " where deployment_id = "
                + ID
                + " and batch = ? and at = 'pending' order by place limit ?",
            SqlDeploymentStore::part,
            id.value(),
            batch,
            limit));
  }

  @Override
  public Optional<Part> part(DeploymentId id, DeviceId device) {
    return database.read(connection ->
        connection.queryOne(
            "select * from deployment_device where deployment_id = " + ID + " and device_uid = ?",
            SqlDeploymentStore::part,
            id.value(),
            device.value()));
  }

  @Override
  public List<Part> parts(DeploymentId id, Part.At at) {
    return database.read(connection ->
        connection.query(
            "select * from deployment_device where deployment_id = "
                + ID
                + " and at = ? order by place",
            SqlDeploymentStore::part,
            id.value(),
            at.word()));
  }

  @Override
  public Page<Named> parts(DeploymentId id, PageRequest page) {
    PagedSql paged =
        PagedSql.inOrder("p.place", Sql.of("p.deployment_id = " + ID, id.value()), page);
    return database.read(connection ->
        paged.fetch(
            connection,
            "p.*, d.name",
            "deployment_device p left join device d on d.uid = p.device_uid",
            row -> new Named(part(row), row.optText("name"))));
  }

  @Override
  public Optional<Owned> owning(CommandId command) {
    return owned("p.command_uid = ?", command.value());
  }

  @Override
  public Optional<Owned> running(DeviceId device) {
    return owned(
        "p.device_uid = ? and p.at = 'running' and p.at in ('pending', 'away', 'running')",
        device.value());
  }

  private Optional<Owned> owned(String condition, String bind) {
    return database.read(connection ->
        connection.queryOne(
            "select p.*, o.uid as deployment_uid from deployment_device p"
                + " join deployment o on o.id = p.deployment_id where "
                + condition
                + " order by p.deployment_id desc limit 1",
            row -> new Owned(new DeploymentId(row.text("deployment_uid")), part(row)),
            bind));
  }

  @Override
  public void save(DeploymentId id, Part part) {
    database
        .writing()
        .update(
            "update deployment_device set batch = ?, at = ?, command_uid = ?, from_version = ?,"
                + " reason = ?, detail = ?, retries = ?, started_at = ?, finished_at = ?"
                + " where deployment_id = "
                + ID
                + " and device_uid = ?",
            part.batch(),
            part.at().word(),
            SqlValues.orNull(part.command().map(CommandId::value)),
            SqlValues.orNull(part.from()),
            SqlValues.orNull(part.reason()),
            SqlValues.orNull(part.detail()),
            part.retries(),
            SqlValues.millis(part.startedAt()),
            SqlValues.millis(part.finishedAt()),
            id.value(),
            part.device().value());
  }

  @Override
  public int move(
      DeploymentId id, Part.At from, Part.At to, String reason, String detail, Instant at) {
    return database
        .writing()
        .update(
            "update deployment_device set at = ?, reason = ?, detail = ?, finished_at = ?"
                + " where deployment_id = "
                + ID
                + " and at = ?",
            to.word(),
            reason,
            detail,
            SqlValues.millis(at),
            id.value(),
            from.word());
  }

  @Override
  public List<DeploymentId> back(DeviceId device) {
    return database
        .writing()
        .query(
            """
            update deployment_device set at = 'pending', reason = null, detail = null,
              batch = (select batch from deployment where id = deployment_id)
            where device_uid = ? and at = 'away' and at in ('pending', 'away', 'running')
            returning (select uid from deployment where id = deployment_id) as uid
            """,
            row -> new DeploymentId(row.text("uid")),
            device.value());
  }

  @Override
  public int back(DeploymentId id, Instant now) {
    return database
        .writing()
        .update(
            "update deployment_device set at = 'pending', reason = null, detail = null,"
                + " batch = (select batch from deployment where id = deployment_id)"
                + " where deployment_id = "
                + ID
                + " and at = 'away'"
                + " and exists (select 1 from device d join device_state s on s.id = d.id"
                + " where d.uid = device_uid and s.online_until > ?)",
            id.value(),
            SqlValues.millis(now));
  }

  @Override
  public Map<DeviceId, DeploymentId> busy(Collection<DeviceId> devices, int limit) {
    Set<DeviceId> wanted = new HashSet<>(devices);
    Map<DeviceId, DeploymentId> busy = new LinkedHashMap<>();
    database.read(connection ->
        connection.query(
            """
            select p.device_uid, o.uid from deployment_device p indexed by deployment_device_open
              join deployment o on o.id = p.deployment_id
            where p.at in ('pending', 'away', 'running') order by p.device_uid
            """,
            row -> {
              DeviceId device = new DeviceId(row.text("device_uid"));
              if (busy.size() < limit && wanted.contains(device)) {
                busy.put(device, new DeploymentId(row.text("uid")));
              }
              return device;
            }));
    return busy;
  }

  @Override
  public void baseline(DeploymentId id, Optional<DeviceId> device) {
    String which = device.isPresent() ? " and device_uid = ?" : "";
    String sql =
        "update deployment_device set online_before = b.online, failing_before = b.failing,"
            + " cpu_before = b.cpu_percent, memory_before = b.memory_percent"
            + " from (select d.uid, s.announced as online, d.condition = 'error' as failing,"
            + " s.cpu_percent, s.memory_percent"
            + " from device d join device_state s on s.id = d.id) b"
            + " where b.uid = device_uid and deployment_id = "
            + ID
            + which;
    if (device.isPresent()) {
      database.writing().update(sql, id.value(), device.get().value());
    } else {
      database.writing().update(sql, id.value());
    }
  }

  @Override
  public Observed observe(Deployment deployment, Instant now, int most) {
    return new Observed(
        vitals(deployment, "p.at = 'succeeded' order by p.finished_at desc", now, most),
        vitals(deployment, "p.at = 'pending' and p.online_before = 1 order by p.place", now, most));
  }

  private List<Vitals> vitals(Deployment deployment, String which, Instant now, int most) {
    long batchSince = SqlValues.millis(deployment.batchSince());
    return database.read(connection ->
        connection.query(
            "select p.cpu_before, p.memory_before, p.failing_before,"
                + " coalesce(p.finished_at, ?) as since, d.condition, s.online_until, s.sampled_at,"
                + " s.cpu_percent, s.memory_percent, s.uptime_seconds,"
                + " (select count(*) from connection c where c.device_id = d.id"
                + " and c.ended_at > coalesce(p.finished_at, ?) and c.why <> ?) as reconnects"
                + " from deployment_device p join device d on d.uid = p.device_uid"
                + " join device_state s on s.id = d.id"
                + " where p.deployment_id = "
                + ID
                + " and "
                + which
                + " limit ?",
            row -> vitals(row, now),
            batchSince,
            batchSince,
            LinkEnd.RESTART.word(), // the server's own is no fault of theirs
            deployment.id().value(),
            most));
  }

  private static Vitals vitals(SqlRow row, Instant now) {
    Instant since = row.instant("since");
    Optional<Instant> sampled = row.optInstant("sampled_at").filter(at -> at.isAfter(since));
    boolean restarted =
        sampled
            .flatMap(at -> row.optNumber("uptime_seconds").map(at::minusSeconds))
            .filter(boot -> boot.isAfter(since.plus(SETTLING)))
            .isPresent();
    boolean wasFailing = row.optNumber("failing_before").orElse(0L) == 1;
    return new Vitals(
        row.number("online_until") <= SqlValues.millis(now),
        (int) row.number("reconnects"),
        restarted,
        !wasFailing && row.text("condition").equals("error"),
        real(sampled.flatMap(at -> row.optReal("cpu_percent"))),
        real(row.optReal("cpu_before")),
        real(sampled.flatMap(at -> row.optReal("memory_percent"))),
        real(row.optReal("memory_before")));
  }

  private static OptionalDouble real(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  @Override
  public void note(DeploymentId id, Deployment.Note note) {
    database
        .writing()
        .update(
            """
            insert into deployment_note (deployment_id, seq, at, batch, decision, why, verdict)
            select o.id, (select count(*) from deployment_note n where n.deployment_id = o.id),
              ?, ?, ?, ?, ? from deployment o where o.uid = ?
            """,
            SqlValues.millis(note.at()),
            note.batch(),
            note.decision(),
            note.why(),
            note.verdict(),
            id.value());
  }

  @Override
  public List<Deployment.Note> notes(DeploymentId id) {
    return database.read(connection ->
        connection.query(
            "select * from deployment_note where deployment_id = " + ID + " order by seq",
            row ->
                new Deployment.Note(
                    row.instant("at"),
                    (int) row.number("batch"),
                    row.text("decision"),
                    row.text("why"),
                    row.text("verdict")),
            id.value()));
  }

  @Override
  public Figures figures(DeploymentId id) {
    Optional<Duration> average =
        database.read(connection ->
            connection
                .queryOne(
                    "select cast(avg(finished_at - started_at) as integer) as millis"
                        + " from deployment_device where deployment_id = "
                        + ID
                        + " and at = 'succeeded'",
                    row -> row.optNumber("millis").map(Duration::ofMillis),
                    id.value())
                .flatMap(found -> found));
    Map<String, Integer> failures = new LinkedHashMap<>();
    database.read(connection ->
        connection.query(
            "select coalesce(reason, '') as why, count(*) as n from deployment_device"
                + " where deployment_id = "
                + ID
                + " and at = 'failed'"
                + " group by 1 order by n desc, why",
            row -> failures.put(row.text("why"), (int) row.number("n")),
            id.value()));
    return new Figures(average, failures);
  }

  @Override
  public boolean includes(DeviceId device, BinaryId binary) {
    return database
        .read(connection ->
            connection.queryOne(
                """
                select 1 as n from deployment_device p
                  join deployment o on o.id = p.deployment_id
                  join software_update u on u.uid = o.update_uid
                  join software_update_binary b on b.update_id = u.id
                where p.device_uid = ? and p.at = 'running'
                  and p.at in ('pending', 'away', 'running') and b.binary_uid = ? limit 1
                """,
                row -> row.number("n"),
                device.value(),
                binary.value()))
        .isPresent();
  }

  @Override
  public int deleteFinished(Instant before, int limit) {
    return database
        .writing()
        .update(
            """
            delete from deployment where id in
              (select id from deployment where finished_at is not null and created_at < ?
                order by created_at limit ?)
            """,
            SqlValues.millis(before),
            limit);
  }

  private static Deployment deployment(SqlRow row) {
    return new Deployment(
        new DeploymentId(row.text("uid")),
        new UpdateId(row.text("update_uid")),
        row.optText("reverts").map(DeploymentId::new),
        UpdateJson.plan(row.text("plan")),
        UpdateJson.terms(row.text("terms")),
        Deployment.Status.ofWord(row.text("status")),
        (int) row.number("batch"),
        (int) row.number("batches"),
        row.instant("batch_since"),
        row.optInstant("last_end"),
        row.text("message"),
        row.text("requested_by"),
        row.text("requester_id"),
        row.text("reason"),
        row.instant("created_at"),
        row.instant("updated_at"),
        row.optInstant("finished_at"));
  }

  private static Part part(SqlRow row) {
    return new Part(
        new DeviceId(row.text("device_uid")),
        (int) row.number("batch"),
        Part.At.ofWord(row.text("at")),
        row.optText("command_uid").map(CommandId::new),
        row.optText("from_version"),
        row.optText("reason"),
        row.optText("detail"),
        (int) row.number("retries"),
        row.optInstant("started_at"),
        row.optInstant("finished_at"));
  }
}
