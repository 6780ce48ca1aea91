package muster.it.update;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.util.Arrays;
import java.util.Base64;

/// Signs as minisign does without hashing the file first.
record Signer(byte id, KeyPair keys) {
  static final Signer OURS = of((byte) 1);
  static final Signer OTHER = of((byte) 2);

  private static Signer of(byte id) {
    try {
      return new Signer(id, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private byte[] head() {
    return new byte[] {'E', 'd', id, id, id, id, id, id, id, id};
  }

  private static String base64(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return Base64.getEncoder().encodeToString(all.toByteArray());
  }

  /// The last 32 bytes of its usual encoding.
  String publicKey() {
    byte[] encoded = ((EdECPublicKey) keys.getPublic()).getEncoded();
    return base64(head(), Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
  }

  String signature(byte[] file) {
    byte[] first = sign(keys.getPrivate(), file);
    byte[] comment = "timestamp:1\tfile:a".getBytes(StandardCharsets.UTF_8);
    return String.join(
            "\n",
            "untrusted comment: a signature",
            base64(head(), first),
            "trusted comment: " + new String(comment, StandardCharsets.UTF_8),
            base64(sign(keys.getPrivate(), first, comment)))
        + "\n";
  }

  private static byte[] sign(PrivateKey key, byte[]... parts) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key);
      for (byte[] part : parts) {
        signature.update(part);
      }
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
