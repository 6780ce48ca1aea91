package muster.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import muster.id.RandomIds;

/// A secret that proves something: `prefix_id_secret`. The id finds the row, the secret has 256
/// random bits or more, and only the SHA-256 of the whole is kept. (A slow hash would add nothing
/// to a secret that cannot be guessed.) The printed form never shows the secret; [#text()] does.
public final class Token {
  private static final int ID_LENGTH = 16;
  private static final int SECRET_LENGTH = 52;

  private final Kind kind;
  private final String id;
  private final String secret;

  /// What a token is for; the prefix keeps the kinds apart for people and for leak scanners.
  public enum Kind {
    /// An API key.
    KEY("mk", "key"),
    /// A user's session.
    SESSION("sess", "ses"),
    /// A device's credential, KVM Fleet's prefix.
    DEVICE("agt", "agt"),
    /// An enrolment token, KVM Fleet's prefix.
    ENROLLMENT("ekvent", "enr");

    private final String prefix;
    private final String idPrefix;

    Kind(String prefix, String idPrefix) {
      this.prefix = prefix;
      this.idPrefix = idPrefix;
    }
  }

  private Token(Kind kind, String id, String secret) {
    this.kind = kind;
    this.id = id;
    this.secret = secret;
  }

  public static Token random(Kind kind) {
    return new Token(kind, RandomIds.text(ID_LENGTH), RandomIds.text(SECRET_LENGTH));
  }

  /// Takes a token apart; empty for what has not the form of one. Says nothing about validity.
  public static Optional<Token> parse(String text) {
    if (text.length() > 128) {
      return Optional.empty();
    }
    String[] parts = text.split("_", -1);
    if (parts.length != 3 || parts[1].isEmpty() || parts[2].isEmpty()) {
      return Optional.empty();
    }
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.prefix.equals(parts[0]))
        .findFirst()
        .map(kind -> new Token(kind, parts[1], parts[2]));
  }

  public Kind kind() {
    return kind;
  }

  /// The public name of the credential: `key_…`.
  public String id() {
    return kind.idPrefix + "_" + id;
  }

  /// The whole token. Shown to its holder once and sent nowhere else.
  public String text() {
    return kind.prefix + "_" + id + "_" + secret;
  }

  /// SHA-256 of the whole token, in hexadecimal: what is stored.
  public String hash() {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Compares with a stored hash in a time that does not depend on where they differ.
  public boolean matches(String storedHash) {
    return MessageDigest.isEqual(
        hash().getBytes(StandardCharsets.UTF_8), storedHash.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return kind.prefix + "_" + id + "_…";
  }
}
