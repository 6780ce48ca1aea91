package muster.it.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Makes JWTs, good and bad ones.
final class Tokens {
  private Tokens() {}

  static String sign(JWK key, JWSAlgorithm algorithm, JWTClaimsSet claims) {
    return sign(key, header(algorithm, key.getKeyID()), claims);
  }

  static JWSHeader header(JWSAlgorithm algorithm, String kid) {
    return new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(kid).build();
  }

  static String sign(JWK key, JWSHeader header, JWTClaimsSet claims) {
    try {
      JWSSigner signer =
          switch (key) {
            case ECKey ec -> new ECDSASigner(ec);
            case RSAKey rsa -> new RSASSASigner(rsa.toPrivateKey(), true);
            default -> throw new IllegalArgumentException(String.valueOf(key.getKeyType()));
          };
      return sign(signer, header, claims);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  /// HS256 with a secret that anybody knows.
  static String mac(byte[] secret, String kid, JWTClaimsSet claims) {
    try {
      return sign(new MACSigner(secret), header(JWSAlgorithm.HS256, kid), claims);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static String sign(JWSSigner signer, JWSHeader header, JWTClaimsSet claims)
      throws JOSEException {
    SignedJWT jwt = new SignedJWT(header, claims);
    jwt.sign(signer);
    return jwt.serialize();
  }

  /// `alg` none, and nothing or something where the signature belongs.
  static String unsigned(String kid, JWTClaimsSet claims, String signature) {
    String header = "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(kid);
    return part(header) + "." + part(claims.toString()) + "." + signature;
  }

  static String part(String json) {
    return Base64URL.encode(json).toString();
  }

  /// A part of a token as JSON text: 0 = header, 1 = claims.
  static String part(String token, int number) {
    return new String(
        Base64.getUrlDecoder().decode(token.split("\\.")[number]), StandardCharsets.UTF_8);
  }
}
