package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import muster.enrollment.Enrollment;
import muster.enrollment.EnrollmentStore;
import muster.enrollment.Use;
import muster.id.DeviceId;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [EnrollmentStore] promises.
public abstract class EnrollmentStoreContract {
  private static final Instant T = Samples.T;

  protected abstract Transactions transactions();

  protected abstract EnrollmentStore store();

  private static Enrollment enrollment(String id, Instant createdAt, Instant expiresAt) {
    return new Enrollment(
        id,
        "hash of " + id,
        Optional.of(Samples.ODD),
        new TreeSet<>(List.of("prod", Samples.ODD)),
        "key:ci",
        createdAt,
        expiresAt,
        Optional.empty());
  }

  private static Enrollment used(Enrollment enrollment, String hardware) {
    return enrollment.usedBy(new Use(T, Optional.of(hardware), new DeviceId("dev_1")));
  }

  private void insert(Enrollment... enrollments) {
    transactions()
        .write(() -> {
          for (Enrollment enrollment : enrollments) {
            store().insert(enrollment);
          }
          return true;
        });
  }

  private void markUsed(Enrollment enrollment) {
    transactions()
        .write(() -> {
          store().markUsed(enrollment);
          return true;
        });
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Enrollment full = enrollment("enr_1", T, T.plusSeconds(1800));
    Enrollment bare =
        new Enrollment(
            "enr_2", "h", Optional.empty(), new TreeSet<>(), "key:ci", T, T, Optional.empty());
    insert(full, bare);
    assertThat(store().find("enr_1")).contains(full);
    assertThat(store().find("enr_2")).contains(bare);
    assertThat(store().find("enr_3")).isEmpty();
  }

  @Test
  public void open_areUnusedAndNotExpired_newestFirst() {
    insert(
        enrollment("enr_1", T, T.plusMillis(1)),
        enrollment("enr_2", T.plusMillis(1), T.plusMillis(1)),
        enrollment("enr_3", T, T),
        enrollment("enr_4", T, T.plusSeconds(9)));
    markUsed(used(enrollment("enr_4", T, T.plusSeconds(9)), "hw"));
    assertThat(store().open(T).stream().map(Enrollment::id)).containsExactly("enr_2", "enr_1");
    assertThat(store().open(T.plusMillis(1))).isEmpty();
  }

  @Test
  public void markUsed_once_staysWithTheFirst() {
    Enrollment enrollment = enrollment("enr_1", T, T.plusSeconds(1800));
    insert(enrollment);
    markUsed(used(enrollment, "hw-1"));
    assertThat(store().find("enr_1")).contains(used(enrollment, "hw-1"));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> markUsed(used(enrollment, "hw-2")));
    assertThat(store().find("enr_1")).contains(used(enrollment, "hw-1"));
  }

  @Test
  public void delete_saysWhetherThereWasOne() {
    insert(enrollment("enr_1", T, T));
    assertThat(transactions().<Boolean>write(() -> store().delete("enr_1"))).isTrue();
    assertThat(transactions().<Boolean>write(() -> store().delete("enr_1"))).isFalse();
  }

  @Test
  public void deleteExpired_removesWhatEndedBefore() {
    insert(enrollment("enr_1", T, T.minusMillis(1)), enrollment("enr_2", T, T));
    assertThat(transactions().<Integer>write(() -> store().deleteExpired(T))).isEqualTo(1);
    assertThat(store().find("enr_1")).isEmpty();
    assertThat(store().find("enr_2")).isPresent();
  }
}
