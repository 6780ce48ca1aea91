package muster.blob;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.fault.Fault;

/// The SHA-256 of some bytes, in hexadecimal digits.
public record Checksum(String hex) {
  private static final String PREFIX = "sha256:";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  /// The member `sha-256` of the header fields of RFC 9530.
  private static final Pattern MEMBER =
      Pattern.compile("(?:^|[,\\s])sha-256=:([A-Za-z0-9+/]{43}=):(?=$|[,;\\s])");

  public Checksum {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("checksum: expected 64 hexadecimal digits");
    }
  }

  /// A digest to be fed and handed to [#of].
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Ends the digest.
  public static Checksum of(MessageDigest digest) {
    return new Checksum(HexFormat.of().formatHex(digest.digest()));
  }

  public static Checksum of(byte[] bytes) {
    MessageDigest digest = digest();
    digest.update(bytes);
    return of(digest);
  }

  /// As [#text()] writes it; empty for anything else.
  public static Optional<Checksum> parse(String text) {
    boolean good =
        text.startsWith(PREFIX) && HEX.matcher(text.substring(PREFIX.length())).matches();
    return good ? Optional.of(new Checksum(text.substring(PREFIX.length()))) : Optional.empty();
  }

  /// What a header `Repr-Digest` or `Content-Digest` says; empty when it has other algorithms only.
  ///
  /// @throws Fault INVALID_ARGUMENT naming the header when its `sha-256` can't be one
  public static Optional<Checksum> ofHeader(String name, String value) {
    Matcher member = MEMBER.matcher(value);
    if (member.find()) {
      byte[] bytes = Base64.getDecoder().decode(member.group(1));
      return Optional.of(new Checksum(HexFormat.of().formatHex(bytes)));
    }
    if (value.contains("sha-256=")) {
      throw Fault.invalid(name, value, "sha-256=:BASE64:");
    }
    return Optional.empty();
  }

  /// As it stands in such a header.
  public String header() {
    return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex)) + ":";
  }

  public String text() {
    return PREFIX + hex;
  }

  @Override
  public String toString() {
    return text();
  }
}
