package muster.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import muster.id.RandomIds;

/// A secret that proves something: `prefix_id_secret`. The id finds the row, the secret has 256
/// random bits or more, and only the SHA-256 of the whole is kept. (A slow hash would add nothing
/// to a secret that cannot be guessed.) The printed form never shows the secret; [#text()] does.
public final class Token {
  private static final int ID_LENGTH = 16;
  private static final int SECRET_LENGTH = 52;

  /// Of what is shown as text.
  private static final List<Kind> KINDS =
      List.of(Kind.KEY, Kind.SESSION, Kind.DEVICE, Kind.ENROLLMENT);

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
    ENROLLMENT("ekvent", "enr"),
    /// A device's certificate, which is shown in the TLS handshake and never as text.
    CERTIFICATE("crt", "crt");

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
    int first = text.indexOf('_');
    int second = text.indexOf('_', first + 1);
    if (first < 0 || second <= first + 1 || second == text.length() - 1) {
      return Optional.empty();
    }
    for (Kind kind : KINDS) {
      if (kind.prefix.length() == first && text.startsWith(kind.prefix)) {
        String id = text.substring(first + 1, second);
        String secret = text.substring(second + 1);
        return secret.indexOf('_') >= 0
            ? Optional.empty()
            : Optional.of(new Token(kind, id, secret));
      }
    }
    return Optional.empty();
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
