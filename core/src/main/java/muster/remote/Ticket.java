package muster.remote;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import muster.id.RandomIds;

/// What opens a session's socket once, for programs that cannot set a header: browsers. Only its
/// hash is kept.
///
/// @param expiresNanos on [Elapsed]'s clock
record Ticket(byte[] hash, long expiresNanos) {
  private static final int LENGTH = 52;

  static String newText() {
    return RandomIds.text(LENGTH);
  }

  static Ticket of(String text, long expiresNanos) {
    return new Ticket(hash(text), expiresNanos);
  }

  /// In a time that does not depend on where they differ.
  boolean isFor(String text, long nanos) {
    return MessageDigest.isEqual(hash, hash(text)) && nanos - expiresNanos < 0;
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
