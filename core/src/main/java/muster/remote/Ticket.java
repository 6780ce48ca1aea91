package muster.remote;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import muster.id.RandomIds;

/// What opens a session's socket once, for programs that cannot set a header: browsers. Only its
/// hash is kept.
record Ticket(byte[] hash, Instant expiresAt) {
  private static final int LENGTH = 52;

  static String newText() {
    return RandomIds.text(LENGTH);
  }

  static Ticket of(String text, Instant expiresAt) {
    return new Ticket(hash(text), expiresAt);
  }

  /// In a time that does not depend on where they differ.
  boolean isFor(String text, Instant now) {
    return MessageDigest.isEqual(hash, hash(text)) && now.isBefore(expiresAt);
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
