package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.account.Credential;
import muster.account.CredentialStore;
import muster.auth.Role;
import muster.auth.Token;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [CredentialStore] promises.
public abstract class CredentialStoreContract {
  private static final Instant T = Samples.T;

  protected abstract Transactions transactions();

  protected abstract CredentialStore store();

  private static Credential key(String id, Instant createdAt, Optional<Instant> expiresAt) {
    return new Credential(
        id,
        Token.Kind.KEY,
        "user:anna",
        Samples.ODD,
        Role.OPERATOR,
        Optional.of("tag:prod"),
        "hash of " + id,
        createdAt,
        expiresAt,
        Optional.empty());
  }

  private static Credential of(Token.Kind kind, String id, String owner) {
    return new Credential(
        id,
        kind,
        owner,
        owner,
        Role.DEVICE,
        Optional.empty(),
        "hash",
        T,
        Optional.empty(),
        Optional.of(T));
  }

  private void insert(Credential... credentials) {
    transactions()
        .write(() -> {
          for (Credential credential : credentials) {
            store().insert(credential);
          }
          return true;
        });
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Credential key = key("key_1", T, Optional.of(T.plusSeconds(60)));
    Credential device = of(Token.Kind.DEVICE, "agt_1", "dev_1");
    insert(key, device);
    assertThat(store().find("key_1")).contains(key);
    assertThat(store().find("agt_1")).contains(device);
    assertThat(store().find("key_2")).isEmpty();
    assertThat(store().find("KEY_1")).isEmpty();
  }

  @Test
  public void insert_sameId_isRefused() {
    insert(key("key_1", T, Optional.empty()));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> insert(key("key_1", T, Optional.empty())));
  }

  @Test
  public void list_isOfOneKind_oldestFirst() {
    insert(
        key("key_b", T.plusMillis(5), Optional.empty()),
        key("key_c", T, Optional.empty()),
        key("key_a", T, Optional.empty()),
        of(Token.Kind.SESSION, "ses_1", "anna"));
    assertThat(store().list(Token.Kind.KEY).stream().map(Credential::id))
        .containsExactly("key_a", "key_c", "key_b");
    assertThat(store().list(Token.Kind.DEVICE)).isEmpty();
  }

  @Test
  public void listOf_isOfOneKindAndOwner() {
    insert(
        of(Token.Kind.CERTIFICATE, "crt_2", "dev_1"),
        of(Token.Kind.CERTIFICATE, "crt_1", "dev_1"),
        of(Token.Kind.CERTIFICATE, "crt_3", "dev_2"),
        of(Token.Kind.DEVICE, "agt_1", "dev_1"));
    assertThat(store().listOf(Token.Kind.CERTIFICATE, "dev_1").stream().map(Credential::id))
        .containsExactlyInAnyOrder("crt_1", "crt_2");
    assertThat(store().listOf(Token.Kind.CERTIFICATE, "dev_3")).isEmpty();
  }

  @Test
  public void delete_saysWhetherThereWasOne() {
    insert(key("key_1", T, Optional.empty()));
    assertThat(transactions().<Boolean>write(() -> store().delete("key_1"))).isTrue();
    assertThat(transactions().<Boolean>write(() -> store().delete("key_1"))).isFalse();
    assertThat(store().find("key_1")).isEmpty();
  }

  @Test
  public void deleteOf_removesThatKindAndOwnerOnly() {
    insert(
        of(Token.Kind.DEVICE, "agt_1", "dev_1"),
        of(Token.Kind.DEVICE, "agt_2", "dev_1"),
        of(Token.Kind.DEVICE, "agt_3", "dev_2"),
        of(Token.Kind.SESSION, "ses_1", "dev_1"));
    assertThat(transactions().<Integer>write(() -> store().deleteOf(Token.Kind.DEVICE, "dev_1")))
        .isEqualTo(2);
    assertThat(store().find("agt_1")).isEmpty();
    assertThat(store().find("agt_3")).isPresent();
    assertThat(store().find("ses_1")).isPresent();
  }

  @Test
  public void deleteOthers_keepsTheOneNamed_andOtherOwnersOnes() {
    insert(
        of(Token.Kind.DEVICE, "agt_1", "dev_1"),
        of(Token.Kind.DEVICE, "agt_2", "dev_1"),
        of(Token.Kind.DEVICE, "agt_3", "dev_2"),
        of(Token.Kind.SESSION, "ses_1", "dev_1"));
    assertThat(
            transactions()
                .<Integer>write(() -> store().deleteOthers(Token.Kind.DEVICE, "dev_1", "agt_2")))
        .isEqualTo(1);
    assertThat(store().find("agt_1")).isEmpty();
    assertThat(store().find("agt_2")).isPresent();
    assertThat(store().find("agt_3")).isPresent();
    assertThat(store().find("ses_1")).isPresent();
  }

  @Test
  public void deleteExpired_removesWhatEndedBefore() {
    insert(
        key("key_1", T, Optional.of(T.minusMillis(1))),
        key("key_2", T, Optional.of(T)),
        key("key_3", T, Optional.empty()));
    assertThat(transactions().<Integer>write(() -> store().deleteExpired(T))).isEqualTo(1);
    assertThat(store().list(Token.Kind.KEY).stream().map(Credential::id))
        .containsExactly("key_2", "key_3");
  }

  @Test
  public void touch_notesTheTimes_andPassesOverTheDeleted() {
    insert(key("key_1", T, Optional.empty()), key("key_2", T, Optional.empty()));
    transactions()
        .write(() -> {
          store().touch(Map.of("key_1", T.plusSeconds(9), "key_9", T));
          return true;
        });
    assertThat(store().find("key_1").orElseThrow().lastUsedAt()).contains(T.plusSeconds(9));
    assertThat(store().find("key_2").orElseThrow().lastUsedAt()).isEmpty();
    assertThat(store().find("key_9")).isEmpty();
  }

  @Test
  public void find_insideATransaction_seesItsChange() {
    insert(key("key_1", T, Optional.empty()));
    transactions()
        .write(() -> {
          store().delete("key_1");
          assertThat(store().find("key_1")).isEmpty();
          assertThat(store().list(Token.Kind.KEY)).isEmpty();
          return true;
        });
  }
}
