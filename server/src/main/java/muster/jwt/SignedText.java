package muster.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.Set;

/// A JWT taken apart and not yet trusted. What it says of itself decides only which issuer and key
/// are asked.
final class SignedText {
  private static final int LEAST_RSA_BITS = 2048;
  private static final Set<JOSEObjectType> TYPES =
      Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"));

  private final SignedJWT jwt;
  private final JWTClaimsSet claims;

  private SignedText(SignedJWT jwt, JWTClaimsSet claims) {
    this.jwt = jwt;
    this.claims = claims;
  }

  /// Empty for what is no signed JWT of a type that is for us, has no `iss`, no `exp` or no `kid`.
  static Optional<SignedText> parse(String text) {
    try {
      SignedJWT jwt = SignedJWT.parse(text);
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      JOSEObjectType type = jwt.getHeader().getType();
      return (type == null || TYPES.contains(type))
              && jwt.getHeader().getKeyID() != null
              && claims.getIssuer() != null
              && claims.getExpirationTime() != null
          ? Optional.of(new SignedText(jwt, claims))
          : Optional.empty();
    } catch (ParseException | IllegalArgumentException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  JWTClaimsSet claims() {
    return claims;
  }

  String issuer() {
    return claims.getIssuer();
  }

  Instant expiresAt() {
    return claims.getExpirationTime().toInstant();
  }

  String keyId() {
    return jwt.getHeader().getKeyID();
  }

  String algorithm() {
    return jwt.getHeader().getAlgorithm().getName();
  }

  boolean isFor(String audience) {
    return claims.getAudience().contains(audience);
  }

  /// Whether it has begun and not ended, by clocks that may differ by `leeway`.
  boolean isTimely(Instant now, Duration leeway) {
    return now.isBefore(expiresAt().plus(leeway))
        && hasCome(claims.getNotBeforeTime(), now.plus(leeway))
        && hasCome(claims.getIssueTime(), now.plus(leeway));
  }

  private static boolean hasCome(@org.jspecify.annotations.Nullable Date time, Instant latest) {
    return time == null || !time.toInstant().isAfter(latest);
  }

  /// Whether `key` made its signature. An RSA key checks no EC signature and the other way round; a
  /// header that must be understood (`crit`) is not.
  boolean isSignedBy(JWK key) {
    boolean isForThis =
        (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
            && (key.getAlgorithm() == null || key.getAlgorithm().getName().equals(algorithm()));
    try {
      Optional<JWSVerifier> verifier = isForThis ? verifier(key) : Optional.empty();
      return verifier.isPresent() && jwt.verify(verifier.get());
    } catch (JOSEException | IllegalStateException e) {
      return false;
    }
  }

  private static Optional<JWSVerifier> verifier(JWK key) throws JOSEException {
    return switch (key) {
      case ECKey ec -> Optional.of(new ECDSAVerifier(ec));
      case RSAKey rsa when rsa.size() >= LEAST_RSA_BITS -> Optional.of(new RSASSAVerifier(rsa));
      default -> Optional.empty();
    };
  }
}
