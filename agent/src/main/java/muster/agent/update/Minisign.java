package muster.agent.update;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Signatures of files in minisign's form: Ed25519 over the file (`Ed`) or over its BLAKE2b (`ED`),
/// and once more over that signature with a comment that is to be believed.
final class Minisign {
  private static final int ID = 8;
  private static final int KEY = 32;
  private static final int SIGNATURE = 64;
  private static final int ALGORITHM = 2;

  /// Such a file is held in memory.
  private static final long MOST_UNHASHED = 8L << 20;

  private static final String TRUSTED = "trusted comment: ";

  private Minisign() {}

  /// Somebody who is trusted.
  ///
  /// @param id which signatures name
  private record Key(byte[] id, PublicKey key) {
    /// @param text base64 of `Ed`, the id and the key
    static Key parse(String text) throws UpdateException {
      byte[] bytes = decode(text);
      if (bytes.length != ALGORITHM + ID + KEY || bytes[0] != 'E' || bytes[1] != 'd') {
        throw wrong("update_keys: " + text + " (expected: a public key of minisign)");
      }
      return new Key(
          Arrays.copyOfRange(bytes, ALGORITHM, ALGORITHM + ID),
          key(Arrays.copyOfRange(bytes, ALGORITHM + ID, bytes.length)));
    }

    /// RFC 8032, section 5.1.5: little-endian, the last bit is the sign of x.
    private static PublicKey key(byte[] bytes) throws UpdateException {
      byte[] y = new byte[KEY];
      for (int i = 0; i < KEY; i++) {
        y[i] = bytes[KEY - 1 - i];
      }
      boolean odd = (y[0] & 0x80) != 0;
      y[0] &= 0x7f;
      try {
        return KeyFactory.getInstance("Ed25519")
            .generatePublic(
                new EdECPublicKeySpec(
                    NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, y))));
      } catch (GeneralSecurityException e) {
        throw wrong("update_keys: " + e.getMessage());
      }
    }

    boolean verifies(byte[] signature, byte[]... parts) {
      try {
        Signature check = Signature.getInstance("Ed25519");
        check.initVerify(key);
        for (byte[] part : parts) {
          check.update(part);
        }
        return check.verify(signature);
      } catch (GeneralSecurityException e) {
        return false;
      }
    }
  }

  /// Nothing is asked for when nobody is trusted in particular.
  ///
  /// @param trusted public keys in base64, as minisign prints them
  /// @throws UpdateException UNSIGNED, UNTRUSTED_KEY or WRONG_SIGNATURE
  static void verify(Path file, Optional<String> signature, List<String> trusted)
      throws IOException {
    if (trusted.isEmpty()) {
      return;
    }
    if (signature.isEmpty()) {
      throw new UpdateException(
          Reason.UNSIGNED, "no signature (expected: one by a key of update_keys)");
    }
    List<String> lines = signature.get().strip().lines().toList();
    if (lines.size() != 4 || !lines.get(2).startsWith(TRUSTED)) {
      throw wrong("the signature is not in minisign's form");
    }
    byte[] first = decode(lines.get(1));
    if (first.length != ALGORITHM + ID + SIGNATURE || first[0] != 'E') {
      throw wrong("the signature is not in minisign's form");
    }
    Key key = signer(Arrays.copyOfRange(first, ALGORITHM, ALGORITHM + ID), trusted);
    byte[] ofFile = Arrays.copyOfRange(first, ALGORITHM + ID, first.length);
    byte[] comment = lines.get(2).substring(TRUSTED.length()).getBytes(StandardCharsets.UTF_8);
    if (!key.verifies(ofFile, content(file, first[1]))
        || !key.verifies(decode(lines.get(3)), ofFile, comment)) {
      throw wrong("the signature is not that of this file");
    }
  }

  private static Key signer(byte[] id, List<String> trusted) throws UpdateException {
    for (String text : trusted) {
      Key key = Key.parse(text);
      if (Arrays.equals(key.id(), id)) {
        return key;
      }
    }
    throw new UpdateException(
        Reason.UNTRUSTED_KEY, "signed by a key that is not among update_keys");
  }

  /// What is signed of a file.
  private static byte[] content(Path file, byte algorithm) throws IOException {
    if (algorithm == 'd') {
      if (Files.size(file) > MOST_UNHASHED) {
        throw wrong(
            "the signature is over the whole file of more than "
                + (MOST_UNHASHED >> 20)
                + " MiB (expected: over its hash, as minisign signs since 0.10)");
      }
      return Files.readAllBytes(file);
    }
    if (algorithm != 'D') {
      throw wrong("the signature is of an unknown kind");
    }
    Blake2b hash = new Blake2b();
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    }
    return hash.digest();
  }

  private static byte[] decode(String base64) throws UpdateException {
    try {
      return Base64.getDecoder().decode(base64.strip());
    } catch (IllegalArgumentException e) {
      throw wrong("the signature is not in minisign's form: " + e.getMessage());
    }
  }

  private static UpdateException wrong(String detail) {
    return new UpdateException(Reason.WRONG_SIGNATURE, detail);
  }
}
