package muster.account;

import java.time.Instant;
import java.util.Optional;
import muster.fault.Fault;

/// Tells good JSON Web Tokens (RFC 7519) from others.
public interface JwtCheck {
  /// What a token proves that is good at `now`; empty for any other, whatever is wrong with it.
  ///
  /// @param text up to [VerifiedJwts#MAX_LENGTH] characters of anything
  /// @throws Fault PERMISSION_DENIED for a good token of somebody who has no role here
  Optional<JwtProof> verify(String text, Instant now);
}
