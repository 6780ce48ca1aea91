package muster.id;

import java.security.SecureRandom;

/// Random text of a given strength, in an alphabet that can be read aloud: Crockford's base 32
/// without `i`, `l`, `o` and `u`, lower case. Safe for use by many threads.
public final class RandomIds {
  private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final SecureRandom RANDOM = new SecureRandom();

  private RandomIds() {}

  /// `prefix_` and 80 random bits in 16 characters.
  public static String next(String prefix) {
    return prefix + "_" + text(16);
  }

  /// `length` characters of 5 random bits each.
  public static String text(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    char[] out = new char[length];
    for (int i = 0; i < length; i++) {
      out[i] = ALPHABET[bytes[i] & 31];
    }
    return new String(out);
  }
}
