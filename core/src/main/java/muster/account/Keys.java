package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.auth.Role;
import muster.auth.Token;
import muster.fault.Fault;
import muster.tx.Transactions;

/// API keys.
public final class Keys {
  private static final Duration MAX_LIFE = Duration.ofDays(3650);

  private final Transactions transactions;
  private final CredentialStore store;
  private final Credentials credentials;
  private final ScopeParser scopes;
  private final Audit audit;
  private final InstantSource clock;

  /// A new key; `token` is shown to the caller and then forgotten.
  public record Created(Credential key, Token token) {}

  public Keys(
      Transactions transactions,
      CredentialStore store,
      Credentials credentials,
      ScopeParser scopes,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.credentials = credentials;
    this.scopes = scopes;
    this.audit = audit;
    this.clock = clock;
  }

  /// @param life how long the key lives, 1 s to 10 years; absent = until deleted
  /// @param scope a filter over devices; absent = all devices. A caller with a scope can't make
  ///   keys.
  public Created create(
      Caller caller, String name, Role role, Optional<Duration> life, Optional<String> scope) {
    Access.requireUnscoped(caller, Permission.KEY_MANAGE);
    Access.requireMayGrant(caller, role);
    if (name.isBlank() || name.length() > 64 || name.chars().anyMatch(Character::isISOControl)) {
      throw Fault.invalid("name", name, "1..64 characters, no control characters");
    }
    if (life.isPresent() && (life.get().toSeconds() < 1 || life.get().compareTo(MAX_LIFE) > 0)) {
      throw Fault.invalid(
          "expires_in_seconds", life.get().toSeconds(), "1.." + MAX_LIFE.toSeconds());
    }
    scope.ifPresent(scopes::parse);
    Instant now = clock.instant();
    return transactions.write(() -> {
      credentials.requireStillGood(caller);
      Created created = insert(caller.principal(), name, role, life.map(now::plus), scope);
      audit.record(
          caller,
          "key.create",
          created.key().id(),
          Map.of("name", name, "role", role.word(), "scope", scope.orElse("")));
      return created;
    });
  }

  private Created insert(
      String owner, String name, Role role, Optional<Instant> expiresAt, Optional<String> scope) {
    return insert(Token.random(Token.Kind.KEY), owner, name, role, expiresAt, scope);
  }

  private Created insert(
      Token token,
      String owner,
      String name,
      Role role,
      Optional<Instant> expiresAt,
      Optional<String> scope) {
    Credential key =
        new Credential(
            token.id(),
            Token.Kind.KEY,
            owner,
            name,
            role,
            scope,
            token.hash(),
            clock.instant(),
            expiresAt,
            Optional.empty());
    store.insert(key);
    return new Created(key, token);
  }

  /// The first administrator's key, of role owner, when there is no key at all yet. Two servers
  /// that start at once on one store make one: it is decided inside the transaction.
  ///
  /// @param chosen a key made beforehand (`MUSTER_ADMIN_KEY`); absent = a random one
  /// @return the new key, or empty when there are keys already
  public Optional<Created> bootstrap(Optional<Token> chosen) {
    return transactions.write(() ->
        store.list(Token.Kind.KEY).isEmpty()
            ? Optional.of(ownerKey("bootstrap", chosen))
            : Optional.<Created>empty());
  }

  /// One more owner key, for somebody who lost all of theirs but can read the data directory.
  public Created recover() {
    return transactions.write(() -> ownerKey("recovered", Optional.empty()));
  }

  private Created ownerKey(String name, Optional<Token> chosen) {
    Created created =
        insert(
            chosen.orElseGet(() -> Token.random(Token.Kind.KEY)),
            Caller.SERVER.principal(),
            name,
            Role.OWNER,
            Optional.empty(),
            Optional.empty());
    audit.record(
        Caller.SERVER,
        "key.create",
        created.key().id(),
        Map.of("name", name, "role", Role.OWNER.word()));
    return created;
  }

  public List<Credential> list(Caller caller) {
    Access.requireUnscoped(caller, Permission.KEY_MANAGE);
    return store.list(Token.Kind.KEY);
  }

  /// Deletes a key; requests with it fail from now on, and so does work it queued.
  public void delete(Caller caller, String id) {
    Access.requireUnscoped(caller, Permission.KEY_MANAGE);
    transactions.write(() -> {
      credentials.requireStillGood(caller);
      Credential key =
          store
              .find(id)
              .filter(found -> found.kind() == Token.Kind.KEY)
              .orElseThrow(() -> Fault.notFound("key", id));
      Access.requireMayGrant(caller, key.role());
      store.delete(id);
      credentials.requireOwnerLeft(key);
      credentials.rightsChanged();
      audit.record(caller, "key.delete", id, Map.of("name", key.name()));
      return key;
    });
  }
}
