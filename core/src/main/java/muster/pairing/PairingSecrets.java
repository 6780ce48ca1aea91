package muster.pairing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The codes and secrets of pairing ids: HMAC-SHA-256 under a key that lies outside the store. A
/// hash of six digits could be undone by trying a million; of these the store has nothing at all,
/// and the QR can be drawn again after a restart.
final class PairingSecrets {
  private static final String ALGORITHM = "HmacSHA256";
  private static final long CODES = 1_000_000;
  private static final int SECRET_BYTES = 16;

  private final SecretKeySpec key;

  PairingSecrets(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /// Six digits. Of 2⁶⁴ values a millionth each, but for one part in 10¹³.
  String code(String id) {
    long random = ByteBuffer.wrap(mac("code " + id)).getLong();
    return String.format(Locale.ROOT, "%06d", Long.remainderUnsigned(random, CODES));
  }

  /// 128 bits as 22 characters that need no escape in a URL.
  String secret(String id) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(mac("secret " + id), SECRET_BYTES));
  }

  /// Which of these it proves. All are compared, each in a time that does not depend on where it
  /// differs.
  Optional<PairingCode> find(List<PairingCode> codes, Proof proof) {
    Optional<PairingCode> found = Optional.empty();
    for (PairingCode code : codes) {
      String expected =
          switch (proof) {
            case Proof.Code typed -> code(code.id());
            case Proof.Secret scanned -> secret(code.id());
          };
      if (MessageDigest.isEqual(bytes(expected), bytes(proof.text()))) {
        found = Optional.of(code);
      }
    }
    return found;
  }

  private byte[] mac(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
