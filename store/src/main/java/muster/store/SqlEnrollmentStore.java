package muster.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import muster.enrollment.Enrollment;
import muster.enrollment.EnrollmentStore;
import muster.enrollment.Use;
import muster.id.DeviceId;

/// Enrolment tokens in the table `enrollment`.
public final class SqlEnrollmentStore implements EnrollmentStore {
  private final SqliteDatabase database;

  public SqlEnrollmentStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Enrollment enrollment) {
    database
        .writing()
        .update(
            """
            insert into enrollment (id, hash, suggested_name, suggested_tags, created_by,
              created_at, expires_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            enrollment.id(),
            enrollment.hash(),
            SqlValues.orNull(enrollment.suggestedName()),
            SqlValues.json(enrollment.suggestedTags()),
            enrollment.createdBy(),
            SqlValues.millis(enrollment.createdAt()),
            SqlValues.millis(enrollment.expiresAt()));
  }

  @Override
  public Optional<Enrollment> find(String id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from enrollment where id = ?", SqlEnrollmentStore::enrollment, id));
  }

  @Override
  public List<Enrollment> open(Instant now) {
    return database.read(connection ->
        connection.query(
            """
            select * from enrollment where expires_at > ? and used_at is null
            order by created_at desc, id
            """,
            SqlEnrollmentStore::enrollment,
            SqlValues.millis(now)));
  }

  @Override
  public void markUsed(Enrollment enrollment) {
    Use use = enrollment.use().orElseThrow();
    int changed =
        database
            .writing()
            .update(
                """
                update enrollment set used_at = ?, used_hardware_id = ?, used_device = ?
                where id = ? and used_at is null
                """,
                SqlValues.millis(use.at()),
                SqlValues.orNull(use.hardwareId()),
                use.device().value(),
                enrollment.id());
    if (changed != 1) {
      throw new IllegalStateException("token used meanwhile: " + enrollment.id());
    }
  }

  @Override
  public boolean delete(String id) {
    return database.writing().update("delete from enrollment where id = ?", id) > 0;
  }

  @Override
  public int deleteExpired(Instant before) {
    return database
        .writing()
        .update("delete from enrollment where expires_at < ?", SqlValues.millis(before));
  }

  private static Enrollment enrollment(SqlRow row) {
    return new Enrollment(
        row.text("id"),
        row.text("hash"),
        row.optText("suggested_name"),
        new TreeSet<>(SqlValues.texts(row.text("suggested_tags"))),
        row.text("created_by"),
        row.instant("created_at"),
        row.instant("expires_at"),
        row.optInstant("used_at")
            .map(at ->
                new Use(
                    at, row.optText("used_hardware_id"), new DeviceId(row.text("used_device")))));
  }
}
