package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.enrollment.Use;
import muster.id.DeviceId;
import muster.pairing.PairingCode;
import muster.pairing.PairingStore;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [PairingStore] promises.
public abstract class PairingStoreContract {
  private static final Instant T = Samples.T;

  protected abstract Transactions transactions();

  protected abstract PairingStore store();

  private static PairingCode code(String id, Instant createdAt, Optional<Use> use) {
    return new PairingCode(
        id,
        "key:key_1",
        Optional.of(true),
        7,
        createdAt,
        createdAt.plusSeconds(300),
        use,
        Optional.empty());
  }

  private static PairingCode code(String id) {
    return code(id, T, Optional.empty());
  }

  private static Use use(Instant at) {
    return new Use(at, Optional.of(Samples.ODD), new DeviceId("dev_1"));
  }

  private void insert(PairingCode... codes) {
    transactions()
        .write(() -> {
          for (PairingCode code : codes) {
            store().insert(code);
          }
          return true;
        });
  }

  private void markUsed(PairingCode code) {
    transactions()
        .write(() -> {
          store().markUsed(code);
          return true;
        });
  }

  private void markVoid(PairingCode code, Instant at) {
    transactions()
        .write(() -> {
          store().markVoid(List.of(code), at);
          return true;
        });
  }

  private List<String> claimable(Instant now, Instant usedAfter) {
    return store().claimable(now, usedAfter).stream().map(PairingCode::id).toList();
  }

  @Test
  public void insert_thenFind_isTheSame() {
    PairingCode bare =
        new PairingCode(
            "pair_2", "user:usr_1", Optional.empty(), 0, T, T, Optional.empty(), Optional.empty());
    insert(code("pair_1"), bare);
    assertThat(store().find("pair_1")).contains(code("pair_1"));
    assertThat(store().find("pair_2")).contains(bare);
    assertThat(store().find("pair_3")).isEmpty();
  }

  @Test
  public void claimable_areOpenOrUsedLately_oldestFirst() {
    insert(
        code("pair_1", T.plusMillis(2), Optional.empty()),
        code("pair_2"),
        code("pair_3"),
        code("pair_4"));
    markUsed(code("pair_3", T, Optional.of(use(T.plusMillis(5)))));
    markVoid(code("pair_4"), T);
    assertThat(claimable(T, T)).containsExactly("pair_2", "pair_3", "pair_1");
    assertThat(claimable(T, T.plusMillis(5))).containsExactly("pair_2", "pair_1");
    assertThat(claimable(T.plusSeconds(300), T)).containsExactly("pair_3", "pair_1");
    assertThat(claimable(T.plusSeconds(301), T.plusSeconds(1))).isEmpty();
  }

  @Test
  public void markUsed_once_staysWithTheFirst() {
    insert(code("pair_1"));
    PairingCode used = code("pair_1", T, Optional.of(use(T)));
    markUsed(used);
    assertThat(store().find("pair_1")).contains(used);
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> markUsed(code("pair_1", T, Optional.of(use(T.plusSeconds(1))))));
    assertThat(store().find("pair_1")).contains(used);
  }

  @Test
  public void markUsed_byAMachineWithoutAName_isTheSame() {
    insert(code("pair_1"));
    PairingCode used =
        code("pair_1", T, Optional.of(new Use(T, Optional.empty(), new DeviceId("dev_1"))));
    markUsed(used);
    assertThat(store().find("pair_1")).contains(used);
  }

  @Test
  public void markVoid_once_keepsTheTimeAndIsNotUsedAnyMore() {
    insert(code("pair_1"));
    markVoid(code("pair_1"), T);
    markVoid(code("pair_1"), T.plusSeconds(9));
    assertThat(store().find("pair_1").orElseThrow().voidedAt()).contains(T);
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> markUsed(code("pair_1", T, Optional.of(use(T)))));
  }

  @Test
  public void delete_andDeleteExpired_sayWhatWasThere() {
    insert(code("pair_1"), code("pair_2", T.plusMillis(1), Optional.empty()), code("pair_3"));
    assertThat(transactions().<Boolean>write(() -> store().delete("pair_3"))).isTrue();
    assertThat(transactions().<Boolean>write(() -> store().delete("pair_3"))).isFalse();
    assertThat(
            transactions()
                .<Integer>write(() -> store().deleteExpired(T.plusSeconds(300).plusMillis(1))))
        .isEqualTo(1);
    assertThat(store().find("pair_1")).isEmpty();
    assertThat(store().find("pair_2")).isPresent();
  }

  @Test
  public void failures_areCounted() {
    assertThat(store().failures()).isZero();
    assertThat(transactions().<Long>write(() -> store().countFailure())).isEqualTo(1);
    assertThat(transactions().<Long>write(() -> store().countFailure())).isEqualTo(2);
    assertThat(store().failures()).isEqualTo(2);
  }
}
