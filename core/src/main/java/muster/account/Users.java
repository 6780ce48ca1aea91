package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.AddressBlock;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.auth.Role;
import muster.auth.Token;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.tx.Transactions;

/// Users and their sessions. Shared; [#hashing] bounds how many slow hashes run at once.
public final class Users {
  private static final Duration SESSION_LIFE = Duration.ofHours(24);
  private static final int HASHES_AT_ONCE = 4;

  private final Transactions transactions;
  private final UserStore users;
  private final CredentialStore sessions;
  private final Credentials credentials;
  private final PasswordHasher hasher;
  private final Audit audit;
  private final InstantSource clock;
  private final LoginGuard guard = new LoginGuard();
  private final Semaphore hashing = new Semaphore(HASHES_AT_ONCE);
  private final String hashOfNobody;

  /// A session just opened; `token` is shown to the caller and then forgotten.
  public record Session(User user, Token token, Instant expiresAt) {}

  /// What to change about a user; absent = leave as it is.
  public record Change(
      Optional<String> password, Optional<Role> role, Optional<Boolean> disabled) {}

  public Users(
      Transactions transactions,
      UserStore users,
      CredentialStore sessions,
      Credentials credentials,
      PasswordHasher hasher,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.users = users;
    this.sessions = sessions;
    this.credentials = credentials;
    this.hasher = hasher;
    this.audit = audit;
    this.clock = clock;
    this.hashOfNobody = hasher.hash("nobody's password");
  }

  /// Opens a session of 24 hours. An unknown name costs the same time and gives the same answer as
  /// a wrong password.
  ///
  /// @throws Fault UNAUTHENTICATED, or RESOURCE_EXHAUSTED while the name is locked from that
  ///   address
  public Session login(String username, String password, Origin origin) {
    String name = username.toLowerCase(Locale.ROOT);
    Instant now = clock.instant();
    String site = AddressBlock.site(origin.address());
    guard
        .attempt(shortened(name), site, now)
        .ifPresent(refusal -> refuse(refusal, shortened(name), origin));
    Optional<User> user = users.find(name);
    boolean right =
        slowly(() -> hasher.matches(password, user.map(User::passwordHash).orElse(hashOfNobody)));
    Optional<Session> session =
        right ? user.flatMap(known -> open(known, origin, now)) : Optional.empty();
    if (session.isEmpty()) {
      audit.refused(Caller.anonymous(origin), "login", shortened(name), Map.of());
      throw Fault.unauthenticated("wrong username or password");
    }
    guard.succeeded(shortened(name), site);
    return session.get();
  }

  /// On record once for each lock, so that guessing does not fill the log.
  private void refuse(LoginGuard.Refusal refusal, String name, Origin origin) {
    if (refusal.first()) {
      audit.refused(Caller.anonymous(origin), "login", name, Map.of("locked", refusal.locked()));
    }
    long seconds = refusal.pause().toSeconds() + 1;
    throw new Fault(
        FaultCode.RESOURCE_EXHAUSTED,
        "too many failed log-ins; try again in %d s".formatted(seconds),
        Map.of(Fault.REASON, "logins", Fault.RETRY_AFTER_SECONDS, Long.toString(seconds)));
  }

  /// A session for whom `checked` was when the password was compared: empty when that password is
  /// not the user's any more, or the user was disabled or deleted meanwhile.
  private Optional<Session> open(User checked, Origin origin, Instant now) {
    return transactions.write(() ->
        users
            .findById(checked.id())
            .filter(user -> !user.disabled())
            .filter(user -> user.passwordHash().equals(checked.passwordHash()))
            .map(user -> insertSession(user, origin, now)));
  }

  private Session insertSession(User user, Origin origin, Instant now) {
    Token token = Token.random(Token.Kind.SESSION);
    Instant expiresAt = now.plus(SESSION_LIFE);
    sessions.insert(
        new Credential(
            token.id(),
            Token.Kind.SESSION,
            user.id(),
            user.username(),
            user.role(),
            Optional.empty(),
            token.hash(),
            now,
            Optional.of(expiresAt),
            Optional.empty()));
    User seen = user.loggedInAt(now);
    users.update(seen);
    Caller caller =
        new Caller(
            Caller.Kind.USER,
            user.id(),
            user.username(),
            user.role(),
            Optional.empty(),
            token.id(),
            origin);
    audit.record(caller, "login", user.username(), Map.of());
    return new Session(seen, token, expiresAt);
  }

  /// Ends the session the caller came with; for an API key there is nothing to end.
  public void logout(Caller caller) {
    if (caller.kind() == Caller.Kind.ANONYMOUS) {
      throw Fault.unauthenticated("authentication required");
    }
    if (caller.kind() != Caller.Kind.USER) {
      return;
    }
    transactions.write(() -> {
      sessions.delete(caller.credential());
      credentials.rightsChanged();
      audit.record(caller, "logout", caller.name(), Map.of());
      return caller;
    });
  }

  public List<User> list(Caller caller) {
    Access.requireUnscoped(caller, Permission.USER_MANAGE);
    return users.list();
  }

  public User create(Caller caller, String username, String password, Role role) {
    Access.requireUnscoped(caller, Permission.USER_MANAGE);
    if (!username.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
      throw Fault.invalid(
          "username",
          username,
          "1..64 characters of a-z 0-9 . _ - beginning with a letter or digit");
    }
    Access.requireMayGrant(caller, role);
    requireStrong(password);
    String hash = slowly(() -> hasher.hash(password));
    return transactions.write(() -> {
      credentials.requireStillGood(caller);
      if (users.find(username).isPresent()) {
        throw new Fault(FaultCode.ALREADY_EXISTS, "username: %s is taken".formatted(username));
      }
      User user = User.made(username, hash, role, clock.instant());
      users.insert(user);
      audit.record(caller, "user.create", username, Map.of("role", role.word()));
      return user;
    });
  }

  /// Changes a user. A new password, role or the lock ends all the user's sessions.
  public User change(Caller caller, String username, Change change) {
    Access.requireUnscoped(caller, Permission.USER_MANAGE);
    change.role().ifPresent(role -> Access.requireMayGrant(caller, role));
    change.password().ifPresent(Users::requireStrong);
    Optional<String> hash = change.password().map(password -> slowly(() -> hasher.hash(password)));
    return transactions.write(() -> {
      credentials.requireStillGood(caller);
      User before = users.find(username).orElseThrow(() -> Fault.notFound("user", username));
      Access.requireMayGrant(caller, before.role());
      User after =
          new User(
              before.id(),
              username,
              hash.orElse(before.passwordHash()),
              change.role().orElse(before.role()),
              change.disabled().orElse(before.disabled()),
              before.createdAt(),
              before.lastLoginAt());
      users.update(after);
      credentials.requireOwnerLeft(before);
      credentials.revokeAllOf(Token.Kind.SESSION, before.id());
      audit.record(
          caller,
          "user.update",
          username,
          Map.of(
              "role", after.role().word(),
              "disabled", Boolean.toString(after.disabled()),
              "password", change.password().isPresent() ? "changed" : "kept"));
      return after;
    });
  }

  public void delete(Caller caller, String username) {
    Access.requireUnscoped(caller, Permission.USER_MANAGE);
    transactions.write(() -> {
      credentials.requireStillGood(caller);
      User user = users.find(username).orElseThrow(() -> Fault.notFound("user", username));
      Access.requireMayGrant(caller, user.role());
      users.delete(user.id());
      credentials.requireOwnerLeft(user);
      credentials.revokeAllOf(Token.Kind.SESSION, user.id());
      audit.record(caller, "user.delete", username, Map.of());
      return user;
    });
  }

  private static void requireStrong(String password) {
    int length = password.codePointCount(0, password.length());
    if (length < 8 || length > 256) {
      // Never the value: it is a secret.
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "password: %d characters (expected: 8..256)".formatted(length),
          Map.of("field", "password"));
    }
  }

  private static String shortened(String name) {
    return name.length() <= 64 ? name : name.substring(0, 64);
  }

  private <T> T slowly(Supplier<T> work) {
    hashing.acquireUninterruptibly();
    try {
      return work.get();
    } finally {
      hashing.release();
    }
  }
}
