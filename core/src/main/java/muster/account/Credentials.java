package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.auth.Token;
import muster.fault.Fault;
import muster.tx.Transactions;

/// Who is this? Turns a token into a [Caller], and a principal on record into what it may do now.
/// Shared by all threads.
public final class Credentials {
  private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

  private final Transactions transactions;
  private final CredentialStore store;
  private final UserStore users;
  private final ScopeParser scopes;
  private final InstantSource clock;
  private final CallerCache cache = new CallerCache();
  private final Map<String, Instant> lastUsed = new ConcurrentHashMap<>();

  public Credentials(
      Transactions transactions,
      CredentialStore store,
      UserStore users,
      ScopeParser scopes,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.users = users;
    this.scopes = scopes;
    this.clock = clock;
  }

  /// @param tokenText what the caller showed
  /// @throws Fault UNAUTHENTICATED, with one message whatever is wrong with it
  public Caller authenticate(String tokenText, Origin origin) {
    Token token = Token.parse(tokenText).orElseThrow(Credentials::unknown);
    Instant now = clock.instant();
    CallerCache.Entry entry = valid(token.id(), now);
    if (!token.matches(entry.hash())) {
      throw unknown();
    }
    lastUsed.put(token.id(), now);
    return entry.caller().at(origin);
  }

  /// Whether this very token was found good a moment ago, so that to check it takes no look-up.
  public boolean isRemembered(String tokenText) {
    return Token.parse(tokenText)
        .filter(
            token -> cache.get(token.id()).filter(entry -> token.matches(entry.hash())).isPresent())
        .isPresent();
  }

  /// A caller let in before, with the rights it has by now: for answers that go on for long.
  ///
  /// @throws Fault UNAUTHENTICATED when the credential it came with is not good any more
  public Caller renewed(Caller caller) {
    return caller.credential().isEmpty()
        ? caller
        : valid(caller.credential(), clock.instant()).caller().at(caller.origin());
  }

  /// Refuses a credential that is not good any more, past the cache: inside a write transaction,
  /// what every earlier one revoked is gone, also what was not committed yet when the request or
  /// the device came in. Every change of somebody's rights revokes, so who is still good has the
  /// rights it came with.
  ///
  /// @throws Fault UNAUTHENTICATED
  public void requireGood(String credentialId) {
    Instant now = clock.instant();
    if (store.find(credentialId).filter(credential -> !credential.isExpired(now)).isEmpty()) {
      throw unknown();
    }
  }

  /// [#requireGood] for who came with a credential; the server itself has none.
  void requireStillGood(Caller caller) {
    if (!caller.credential().isEmpty()) {
      requireGood(caller.credential());
    }
  }

  private CallerCache.Entry valid(String credentialId, Instant now) {
    return cache
        .get(credentialId)
        .or(() -> load(credentialId))
        .filter(entry -> entry.expiresAt().map(now::isBefore).orElse(true))
        .orElseThrow(Credentials::unknown);
  }

  private static Fault unknown() {
    return Fault.unauthenticated("the token is unknown, expired or revoked");
  }

  private Optional<CallerCache.Entry> load(String id) {
    long generation = cache.generation();
    Optional<CallerCache.Entry> entry =
        store
            .find(id)
            .flatMap(credential ->
                callerOf(credential)
                    .map(caller ->
                        new CallerCache.Entry(credential.hash(), caller, credential.expiresAt())));
    entry.ifPresent(found -> cache.put(id, found, generation));
    return entry;
  }

  private Optional<Caller> callerOf(Credential credential) {
    return switch (credential.kind()) {
      case KEY ->
          Optional.of(
              new Caller(
                  Caller.Kind.KEY,
                  credential.id(),
                  credential.name(),
                  credential.role(),
                  credential.scope().map(scopes::parse),
                  credential.id(),
                  Origin.SERVER));
      case SESSION -> users.findById(credential.owner()).flatMap(user -> of(user, credential.id()));
      case DEVICE ->
          Optional.of(
              new Caller(
                  Caller.Kind.DEVICE,
                  credential.owner(),
                  credential.owner(),
                  Role.DEVICE,
                  Optional.empty(),
                  credential.id(),
                  Origin.SERVER));
      case ENROLLMENT -> Optional.empty();
    };
  }

  private static Optional<Caller> of(User user, String credential) {
    return user.disabled()
        ? Optional.empty()
        : Optional.of(
            new Caller(
                Caller.Kind.USER,
                user.id(),
                user.username(),
                user.role(),
                Optional.empty(),
                credential,
                Origin.SERVER));
  }

  /// The caller behind a [Caller#principalId()] on record, with the rights it has now; empty when
  /// the user or key is gone, disabled or expired.
  public Optional<Caller> current(String principalId) {
    if (principalId.equals(Caller.SERVER.principalId())) {
      return Optional.of(Caller.SERVER);
    }
    int colon = principalId.indexOf(':');
    String id = principalId.substring(colon + 1);
    return switch (principalId.substring(0, Math.max(colon, 0))) {
      case "user" -> users.findById(id).flatMap(user -> of(user, ""));
      case "key" ->
          store
              .find(id)
              .filter(credential -> !credential.isExpired(clock.instant()))
              .flatMap(this::callerOf);
      default -> Optional.empty();
    };
  }

  /// Holds that somebody can make owners: an enabled user of that role, or a key of that role
  /// without a scope that has not expired. Inside the transaction that changed `before`.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `last_owner`
  void requireOwnerLeft(User before) {
    requireOwnerLeft(before.isActiveOwner());
  }

  void requireOwnerLeft(Credential before) {
    requireOwnerLeft(isActiveOwner(before));
  }

  private void requireOwnerLeft(boolean wasOne) {
    if (wasOne
        && users.list().stream().noneMatch(User::isActiveOwner)
        && store.list(Token.Kind.KEY).stream().noneMatch(this::isActiveOwner)) {
      throw Fault.failedPrecondition(
          "nobody would be left with the role owner; make another owner first", "last_owner");
    }
  }

  private boolean isActiveOwner(Credential key) {
    return key.role() == Role.OWNER && key.scope().isEmpty() && !key.isExpired(clock.instant());
  }

  /// Gives `owner` its one credential of that kind; an earlier one is dead from the commit on.
  /// Inside a write transaction.
  public Token replaceDeviceCredential(String owner) {
    Token token = Token.random(Token.Kind.DEVICE);
    transactions.write(() -> {
      revokeAllOf(Token.Kind.DEVICE, owner);
      store.insert(
          new Credential(
              token.id(),
              Token.Kind.DEVICE,
              owner,
              owner,
              Role.DEVICE,
              Optional.empty(),
              token.hash(),
              clock.instant(),
              Optional.empty(),
              Optional.empty()));
      return token;
    });
    return token;
  }

  /// Kills every credential of that kind and owner when the present transaction commits.
  public void revokeAllOf(Token.Kind kind, String owner) {
    transactions.write(() -> store.deleteOf(kind, owner));
    rightsChanged();
  }

  /// Must be called in or after every transaction that takes a right away.
  void rightsChanged() {
    transactions.afterCommit(cache::clear);
  }

  /// Writes down when credentials were last used and drops sessions and keys that expired more than
  /// 30 days ago. Called now and then by the server.
  public void tidy() {
    Map<String, Instant> used = new HashMap<>();
    lastUsed.forEach((id, at) -> {
      if (lastUsed.remove(id, at)) {
        used.put(id, at);
      }
    });
    transactions.write(() -> {
      store.touch(used);
      return store.deleteExpired(clock.instant().minus(Duration.ofDays(30)));
    });
  }

  /// How often [#tidy()] wants to be called.
  public static Duration tidyInterval() {
    return TOUCH_INTERVAL;
  }
}
