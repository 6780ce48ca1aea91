package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.RandomIds;
import muster.tx.Transactions;

/// Short-lived stand-ins for a credential, to hand to a program (row F070). One has the rights of
/// its credential at the time it is shown, but for those that make something that outlives it
/// ([muster.auth.Access]), and is dead when the credential is.
public final class Jwts {
  public static final Duration DEFAULT_LIFE = Duration.ofMinutes(15);
  private static final Duration MAX_LIFE = Duration.ofHours(1);

  private final Transactions transactions;
  private final CredentialStore store;
  private final JwtSigner signer;
  private final Audit audit;
  private final InstantSource clock;

  /// A new one; `token` is shown to the caller and kept nowhere.
  public record Issued(String id, String token, Instant expiresAt) {
    @Override
    public String toString() {
      return id + " until " + expiresAt;
    }
  }

  public Jwts(
      Transactions transactions,
      CredentialStore store,
      JwtSigner signer,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.signer = signer;
    this.audit = audit;
    this.clock = clock;
  }

  /// Makes one for the credential the caller came with. It ends no later than that.
  ///
  /// @param life 1 s to 1 h
  /// @throws Fault PERMISSION_DENIED for who came with a JWT
  public Issued issue(Caller caller, Duration life) {
    if (!caller.role().isForPeople() || caller.until().isPresent()) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED, "a JWT is made from a session or an API key only");
    }
    if (life.toSeconds() < 1 || life.compareTo(MAX_LIFE) > 0) {
      throw Fault.invalid("ttl_seconds", life.toSeconds(), "1.." + MAX_LIFE.toSeconds());
    }
    Instant now = clock.instant();
    String id = RandomIds.next("jwt");
    Instant expiresAt =
        transactions.write(() -> {
          Instant end = end(caller.credential(), now, life);
          audit.record(
              caller,
              "jwt.create",
              id,
              Map.of("credential", caller.credential(), "until", end.toString()));
          return end;
        });
    return new Issued(
        id, signer.sign(id, caller.principalId(), caller.credential(), now, expiresAt), expiresAt);
  }

  private Instant end(String credential, Instant now, Duration life) {
    Instant wanted = now.plus(life);
    Instant last =
        store
            .find(credential)
            .filter(found -> !found.isExpired(now))
            .orElseThrow(() -> Fault.unauthenticated("the credential is expired or revoked"))
            .expiresAt()
            .orElse(wanted);
    return (last.isBefore(wanted) ? last : wanted).truncatedTo(ChronoUnit.SECONDS);
  }
}
