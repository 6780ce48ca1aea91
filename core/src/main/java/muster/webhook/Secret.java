package muster.webhook;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What a webhook's notices are signed with, as Standard Webhooks writes it: `whsec_` and 24..64
/// bytes in base64. Never printed.
public record Secret(String text) {
  private static final String PREFIX = "whsec_";
  private static final int SIZE = 32;
  private static final int LEAST = 24;
  private static final int MOST = 64;

  /// @throws IllegalArgumentException when it is none
  public Secret {
    byte[] key = text.startsWith(PREFIX) ? decoded(text) : new byte[0];
    if (key.length < LEAST || key.length > MOST) {
      throw new IllegalArgumentException("secret: expected whsec_ and 24..64 bytes in base64");
    }
  }

  public static Secret random() {
    byte[] key = new byte[SIZE];
    new SecureRandom().nextBytes(key);
    return new Secret(PREFIX + Base64.getEncoder().encodeToString(key));
  }

  private static byte[] decoded(String text) {
    return Base64.getDecoder().decode(text.substring(PREFIX.length()));
  }

  /// The signature of what was signed, as it stands in `webhook-signature`.
  public String sign(byte[] signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(decoded(text), "HmacSHA256"));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return PREFIX + "…";
  }
}
