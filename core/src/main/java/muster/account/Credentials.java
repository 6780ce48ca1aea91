package muster.account;

import java.security.cert.X509Certificate;
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

/// Who is this? Turns a token or a device's certificate into a [Caller], and a principal on record
/// into what it may do now. What [Token#parse] does not know may be a JWT: one of our own stands
/// for the credential it was made from, with the rights that has now. Shared by all threads.
public final class Credentials {
  private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

  private final Transactions transactions;
  private final CredentialStore store;
  private final UserStore users;
  private final ScopeParser scopes;
  private final InstantSource clock;
  private final CertificateRecords certificates;
  private final CallerCache cache = new CallerCache();
  private final Guests guests = new Guests();
  private volatile VerifiedJwts jwts = new VerifiedJwts((text, now) -> Optional.empty());
  private final Map<String, Instant> lastUsed = new ConcurrentHashMap<>();

  public Credentials(
      Transactions transactions,
      CredentialStore store,
      UserStore users,
      ScopeParser scopes,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.certificates = new CertificateRecords(store);
    this.users = users;
    this.scopes = scopes;
    this.clock = clock;
  }

  /// Takes JWTs too, those that `check` finds good.
  public void accept(JwtCheck check) {
    jwts = new VerifiedJwts(check);
  }

  /// @param tokenText what the caller showed
  /// @throws Fault UNAUTHENTICATED, with one message whatever is wrong with it
  public Caller authenticate(String tokenText, Origin origin) {
    Instant now = clock.instant();
    Optional<Token> token = Token.parse(tokenText);
    Caller caller = token.isPresent() ? holder(token.get(), now) : bearer(tokenText, now);
    return caller.at(origin);
  }

  private Caller holder(Token token, Instant now) {
    CallerCache.Entry entry = valid(token.id(), now);
    if (!token.matches(entry.hash())) {
      throw unknown();
    }
    lastUsed.put(token.id(), now);
    return entry.caller();
  }

  private Caller bearer(String jwt, Instant now) {
    return switch (jwts.proof(jwt, now).orElseThrow(Credentials::unknown)) {
      case JwtProof.OfCredential(String id, Instant until) -> {
        Caller caller = valid(id, now).caller().until(Optional.of(until));
        lastUsed.put(id, now);
        yield caller;
      }
      case JwtProof.OfGuest(Caller guest, Instant until) ->
          guests.seen(guest.until(Optional.of(until)));
    };
  }

  /// @param certificate of which the caller has proved to have the key, as TLS does
  /// @throws Fault UNAUTHENTICATED, with one message whatever is wrong with it
  public Caller authenticateCertificate(X509Certificate certificate, Origin origin) {
    Instant now = clock.instant();
    String id = DeviceCertificates.id(certificate);
    CallerCache.Entry entry = valid(id, now);
    if (!DeviceCertificates.fits(certificate, entry.caller().id(), now)
        || !DeviceCertificates.matches(certificate, entry.hash())) {
      throw unknown();
    }
    lastUsed.put(id, now);
    return entry.caller().at(origin);
  }

  /// As [#isRemembered(String)].
  public boolean isRemembered(X509Certificate certificate) {
    return cache
        .get(DeviceCertificates.id(certificate))
        .filter(entry -> DeviceCertificates.matches(certificate, entry.hash()))
        .isPresent();
  }

  /// Whether this very token was found good a moment ago, so that to check it takes no look-up.
  public boolean isRemembered(String tokenText) {
    return Token.parse(tokenText)
        .map(token -> cache.get(token.id()).filter(entry -> token.matches(entry.hash())))
        .map(Optional::isPresent)
        .orElseGet(() -> isRememberedJwt(tokenText));
  }

  private boolean isRememberedJwt(String text) {
    return jwts.remembered(text, clock.instant())
        .map(proof ->
            switch (proof) {
              case JwtProof.OfCredential made -> cache.get(made.credential()).isPresent();
              case JwtProof.OfGuest guest -> true;
            })
        .orElse(false);
  }

  /// A caller let in before, with the rights it has by now: for answers that go on for long.
  ///
  /// @throws Fault UNAUTHENTICATED when the credential it came with is not good any more
  public Caller renewed(Caller caller) {
    Instant now = clock.instant();
    if (caller.isOver(now)) {
      throw unknown();
    }
    return caller.credential().isEmpty()
        ? caller
        : valid(caller.credential(), now).caller().at(caller.origin()).until(caller.until());
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
    if (caller.isOver(clock.instant())) {
      throw unknown();
    }
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
      case DEVICE, CERTIFICATE ->
          Optional.of(
              new Caller(
                  Caller.Kind.DEVICE,
                  credential.owner(),
                  credential.owner(),
                  Role.DEVICE,
                  Optional.of(scopes.parse("id:\"%s\"".formatted(credential.owner()))),
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
  /// the user or key is gone, disabled or expired. Of who came with an external issuer's token it
  /// is what they showed last to this run of the server, until that token ends.
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
      case "external" -> guests.find(principalId, clock.instant());
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
    return transactions.write(() -> {
      revokeAllOf(Token.Kind.DEVICE, owner);
      return addDeviceCredential(owner);
    });
  }

  /// Gives `owner` one more credential of that kind, until [#retireOthers] or [#revokeDevice] ends
  /// that. Inside a write transaction.
  public Token addDeviceCredential(String owner) {
    Token token = Token.random(Token.Kind.DEVICE);
    transactions.write(() -> {
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

  /// Makes a certificate a credential of the device `owner`, besides those it has; of more than 5
  /// that have not expired the oldest is dead from the commit on. Inside a write transaction.
  ///
  /// @param asker the id of the credential by which the device asked: what ends that token, or the
  ///   one a certificate stems from, ends this certificate
  public void addCertificate(String owner, String asker, X509Certificate certificate) {
    transactions.write(() -> {
      certificates.add(owner, asker, certificate, clock.instant());
      return certificate;
    });
    rightsChanged();
  }

  /// Kills every credential of a device but this one, and the certificates that stem from it, when
  /// the present transaction commits.
  public void retireOthers(Token credential, String owner) {
    transactions.write(() -> {
      certificates.end(owner, stem -> !stem.equals(credential.id()));
      return store.deleteOthers(Token.Kind.DEVICE, owner, credential.id());
    });
    rightsChanged();
  }

  /// Kills this one only, with the certificates that stem from it, when the present transaction
  /// commits.
  public void revokeDevice(Token credential) {
    transactions.write(() -> {
      store
          .find(credential.id())
          .ifPresent(found -> certificates.end(found.owner(), found.id()::equals));
      return store.delete(credential.id());
    });
    rightsChanged();
  }

  /// Kills every credential of that kind and owner when the present transaction commits, with a
  /// device's tokens its certificates too.
  public void revokeAllOf(Token.Kind kind, String owner) {
    transactions.write(() -> {
      if (kind == Token.Kind.DEVICE) {
        store.deleteOf(Token.Kind.CERTIFICATE, owner);
      }
      return store.deleteOf(kind, owner);
    });
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
