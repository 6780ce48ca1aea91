package muster.account;

import java.time.Instant;

/// Signs JSON Web Tokens that this server takes itself.
public interface JwtSigner {
  /// @param id the token's own name (`jti`)
  /// @param subject [muster.auth.Caller#principalId()]
  /// @param credential the id of the credential it stands for
  /// @param expiresAt of whole seconds
  String sign(String id, String subject, String credential, Instant now, Instant expiresAt);
}
