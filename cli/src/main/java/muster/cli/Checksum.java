package muster.cli;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The SHA-256 of what was added, as the server writes it. Used by one thread at a time.
final class Checksum {
  private final MessageDigest digest;

  Checksum() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  void add(byte[] bytes, int from, int count) {
    digest.update(bytes, from, count);
  }

  /// Of all that was added; begins anew.
  String text() {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }
}
