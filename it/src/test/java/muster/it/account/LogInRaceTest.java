package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import muster.account.Credential;
import muster.account.Credentials;
import muster.account.Keys;
import muster.account.PasswordHasher;
import muster.account.UserStore;
import muster.account.Users;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.store.SqlAuditStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.testkit.TestClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What happens to a user while its password is being compared, which takes long. The hasher is one
/// that lets a test do something in that moment.
class LogInRaceTest {
  private static final Origin ORIGIN = new Origin("account", "127.0.0.1", "req_1");

  @TempDir Path directory;

  private SqliteDatabase database;
  private UserStore store;
  private Credentials credentials;
  private Users users;
  private Keys keys;
  private final TestClock clock = new TestClock();
  private Runnable meanwhile = () -> {};

  private final class SlowHasher implements PasswordHasher {
    @Override
    public String hash(String password) {
      return "hash of " + password;
    }

    @Override
    public boolean matches(String password, String storedHash) {
      boolean right = storedHash.equals(hash(password));
      meanwhile.run();
      return right;
    }
  }

  @BeforeEach
  void open() {
    database = SqliteDatabase.open(directory.resolve("test.db"), 1);
    store = new SqlUserStore(database);
    SqlCredentialStore sessions = new SqlCredentialStore(database);
    credentials = new Credentials(database, sessions, store, DeviceFields::filter, clock);
    Audit audit = new Audit(database, new SqlAuditStore(database), clock);
    users = new Users(database, store, sessions, credentials, new SlowHasher(), audit, clock);
    keys = new Keys(database, sessions, credentials, DeviceFields::filter, audit, clock);
    users.create(Caller.SERVER, "anna", "old password", Role.ADMIN);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void during(Users.Change change) {
    meanwhile = () -> users.change(Caller.SERVER, "anna", change);
  }

  @Test
  @DisplayName("F154: who is disabled while logging in stays disabled and gets no session")
  void login_disabledMeanwhile_isRefused() {
    during(new Users.Change(Optional.empty(), Optional.empty(), Optional.of(true)));
    assertThatThrownBy(() -> users.login("anna", "old password", ORIGIN))
        .isInstanceOf(Fault.class)
        .hasMessage("wrong username or password");
    assertThat(store.find("anna").orElseThrow().disabled()).isTrue();
  }

  @Test
  @DisplayName("F154: a password changed during a log-in with the old one stays changed")
  void login_passwordChangedMeanwhile_isRefused() {
    during(new Users.Change(Optional.of("new password"), Optional.empty(), Optional.empty()));
    assertThatThrownBy(() -> users.login("anna", "old password", ORIGIN))
        .hasMessage("wrong username or password");
    assertThat(store.find("anna").orElseThrow().passwordHash()).isEqualTo("hash of new password");
  }

  @Test
  @DisplayName("F154: a role taken away during a log-in stays away")
  void login_roleChangedMeanwhile_hasTheNewRole() {
    during(new Users.Change(Optional.empty(), Optional.of(Role.VIEWER), Optional.empty()));
    assertThat(users.login("anna", "old password", ORIGIN).user().role()).isEqualTo(Role.VIEWER);
    assertThat(store.find("anna").orElseThrow().role()).isEqualTo(Role.VIEWER);
  }

  @Test
  @DisplayName("49: whose session ends while a request is under way changes nobody any more")
  void change_sessionEndedMeanwhile_isRefused() {
    users.create(Caller.SERVER, "bert", "some password", Role.ADMIN);
    Caller anna = session("anna", "old password");
    Caller bert = session("bert", "some password");

    // As if both had been let in before either change was made.
    Users.Change demotion =
        new Users.Change(Optional.empty(), Optional.of(Role.VIEWER), Optional.empty());
    users.change(bert, "anna", demotion);
    assertThatThrownBy(() -> users.change(anna, "bert", demotion))
        .hasMessage("the token is unknown, expired or revoked");
    assertThatThrownBy(() -> users.delete(anna, "bert")).isInstanceOf(Fault.class);
    assertThatThrownBy(() -> users.delete(anna, "nobody")).hasMessageContaining("revoked");
    assertThatThrownBy(() -> users.create(anna, "carl", "some password", Role.VIEWER))
        .isInstanceOf(Fault.class);

    Credential key =
        keys.create(Caller.SERVER, "ci", Role.VIEWER, Optional.empty(), Optional.empty()).key();
    assertThatThrownBy(() -> keys.delete(anna, key.id())).hasMessageContaining("revoked");
    assertThatThrownBy(
            () -> keys.create(anna, "mine", Role.ADMIN, Optional.empty(), Optional.empty()))
        .hasMessageContaining("revoked");
    assertThat(keys.list(Caller.SERVER)).extracting(Credential::id).containsExactly(key.id());

    clock.advance(Duration.ofHours(25));
    assertThatThrownBy(() -> users.create(bert, "carl", "some password", Role.VIEWER))
        .hasMessage("the token is unknown, expired or revoked");
    assertThat(store.find("carl")).isEmpty();
    assertThat(store.find("bert").orElseThrow().role()).isEqualTo(Role.ADMIN);
  }

  private Caller session(String name, String password) {
    return credentials.authenticate(users.login(name, password, ORIGIN).token().text(), ORIGIN);
  }

  @Test
  @DisplayName("F154: a user deleted during a log-in stays deleted")
  void login_deletedMeanwhile_isRefused() {
    meanwhile = () -> users.delete(Caller.SERVER, "anna");
    assertThatThrownBy(() -> users.login("anna", "old password", ORIGIN))
        .hasMessage("wrong username or password");
    assertThat(store.find("anna")).isEmpty();
  }
}
