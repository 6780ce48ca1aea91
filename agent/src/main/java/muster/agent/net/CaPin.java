package muster.agent.net;

import java.security.cert.X509Certificate;
import java.util.Base64;
import muster.agent.hash.Sha256;

/// The SHA-256 of a certificate's public key (SubjectPublicKeyInfo), written `sha256/BASE64` as in
/// RFC 7469. Names the server's private CA, or its certificate itself.
public record CaPin(String text) {
  private static final String PREFIX = "sha256/";
  private static final int HASH_BYTES = 32;

  /// @throws IllegalArgumentException with a sentence for people
  public CaPin {
    if (!text.startsWith(PREFIX) || decoded(text).length != HASH_BYTES) {
      throw new IllegalArgumentException(
          "ca-pin: " + text + " (expected: sha256/ and the base64 of 32 bytes)");
    }
  }

  /// The pin of a certificate's key.
  public static CaPin of(X509Certificate certificate) {
    byte[] hash = Sha256.of(certificate.getPublicKey().getEncoded());
    return new CaPin(PREFIX + Base64.getEncoder().encodeToString(hash));
  }

  private static byte[] decoded(String text) {
    try {
      return Base64.getDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
