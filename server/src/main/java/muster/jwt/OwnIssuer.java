package muster.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import muster.account.JwtProof;
import muster.account.JwtSigner;

/// Signs the server's own JWTs with ES256 and knows them again. Shared by all threads.
public final class OwnIssuer implements JwtSigner {
  static final String AUDIENCE = "muster";

  /// The credential a token was made from.
  private static final String CREDENTIAL = "cid";

  /// Only for a clock that was set back: who signs is who checks.
  private static final Duration LEEWAY = Duration.ofSeconds(60);

  private final String name;
  private final SigningKeys keys;

  /// @param name its `iss`: the server's public URL, or a URN of this installation
  public OwnIssuer(String name, SigningKeys keys) {
    this.name = name;
    this.keys = keys;
  }

  String name() {
    return name;
  }

  @Override
  public String sign(String id, String subject, String credential, Instant now, Instant expiresAt) {
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(JOSEObjectType.JWT)
            .keyID(keys.newest().getKeyID())
            .build();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(name)
            .audience(AUDIENCE)
            .subject(subject)
            .claim(CREDENTIAL, credential)
            .jwtID(id)
            .issueTime(Date.from(now))
            .notBeforeTime(Date.from(now))
            .expirationTime(Date.from(expiresAt))
            .build();
    SignedJWT jwt = new SignedJWT(header, claims);
    try {
      jwt.sign(new ECDSASigner(keys.newest()));
    } catch (JOSEException e) {
      throw new IllegalStateException("a JWT could not be signed", e);
    }
    return jwt.serialize();
  }

  /// Of a token that says it is ours. `exp` has no leeway here.
  Optional<JwtProof> verify(SignedText jwt, Instant now) {
    boolean isGood =
        jwt.algorithm().equals(JWSAlgorithm.ES256.getName())
            && jwt.isFor(AUDIENCE)
            && jwt.isTimely(now, LEEWAY)
            && keys.find(jwt.keyId()).filter(jwt::isSignedBy).isPresent();
    return isGood && jwt.claims().getClaim(CREDENTIAL) instanceof String credential
        ? Optional.of(new JwtProof.OfCredential(credential, jwt.expiresAt()))
        : Optional.empty();
  }
}
