package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Optional;
import muster.account.User;
import muster.account.UserStore;
import muster.auth.Role;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [UserStore] promises.
public abstract class UserStoreContract {
  protected abstract Transactions transactions();

  protected abstract UserStore store();

  static User user(String username) {
    return new User(
        "usr_" + username,
        username,
        "hash of " + username,
        Role.ADMIN,
        false,
        Samples.T,
        Optional.empty());
  }

  private void write(Runnable work) {
    transactions()
        .write(() -> {
          work.run();
          return true;
        });
  }

  @Test
  public void insert_thenFind_isTheSame() {
    User user =
        new User("usr_1", "anna", Samples.ODD, Role.OWNER, true, Samples.T, Optional.of(Samples.T));
    write(() -> store().insert(user));
    assertThat(store().find("anna")).contains(user);
    assertThat(store().find("Anna")).isEmpty();
    assertThat(store().find("ann")).isEmpty();
    assertThat(store().find("usr_1")).isEmpty();
    assertThat(store().findById("usr_1")).contains(user);
    assertThat(store().findById("anna")).isEmpty();
  }

  @Test
  public void insert_sameName_isRefused() {
    write(() -> store().insert(user("anna")));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> write(() -> store().insert(user("anna"))));
  }

  @Test
  public void list_isByName() {
    write(() -> {
      store().insert(user("carl"));
      store().insert(user("anna"));
      store().insert(user("b-1"));
      store().insert(user("b.1"));
    });
    assertThat(store().list().stream().map(User::username))
        .containsExactly("anna", "b-1", "b.1", "carl");
  }

  @Test
  public void update_replacesAllButNameAndBirth() {
    write(() -> store().insert(user("anna")));
    write(() -> store().insert(user("bert")));
    User changed =
        new User("usr_anna", "anna", "other", Role.VIEWER, true, Samples.T, Optional.of(Samples.T));
    write(() -> store().update(changed));
    assertThat(store().find("anna")).contains(changed);
    assertThat(store().find("bert")).contains(user("bert"));
  }

  @Test
  public void update_unknown_makesNone() {
    write(() -> store().update(user("anna")));
    assertThat(store().list()).isEmpty();
  }

  @Test
  public void delete_saysWhetherThereWasOne() {
    write(() -> store().insert(user("anna")));
    assertThat(transactions().<Boolean>write(() -> store().delete("usr_anna"))).isTrue();
    assertThat(transactions().<Boolean>write(() -> store().delete("usr_anna"))).isFalse();
    assertThat(store().find("anna")).isEmpty();
  }
}
