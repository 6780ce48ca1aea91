package muster.account;

import java.time.Instant;
import muster.auth.Caller;

/// What a good JWT proves.
public sealed interface JwtProof {
  /// When it is good no more; leeway is in it.
  Instant until();

  /// That its bearer had it from a holder of that credential, whose id it is.
  record OfCredential(String credential, Instant until) implements JwtProof {}

  /// That an external issuer vouches for this caller.
  record OfGuest(Caller guest, Instant until) implements JwtProof {}
}
