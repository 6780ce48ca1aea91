package muster.account;

import java.time.Instant;
import java.util.Optional;
import muster.auth.Role;
import muster.auth.Token;

/// A stored credential. `owner` is the user of a session, the device of a device credential, and
/// the principal that made an API key. `role` and `scope` are an API key's own; a session has its
/// user's role at the time of asking. `hash` is [Token#hash()], of a certificate
/// [DeviceCertificates#hash], whose `name` is the id of the token it stems from.
public record Credential(
    String id,
    Token.Kind kind,
    String owner,
    String name,
    Role role,
    Optional<String> scope,
    String hash,
    Instant createdAt,
    Optional<Instant> expiresAt,
    Optional<Instant> lastUsedAt) {

  public boolean isExpired(Instant now) {
    return expiresAt.map(at -> !now.isBefore(at)).orElse(false);
  }
}
