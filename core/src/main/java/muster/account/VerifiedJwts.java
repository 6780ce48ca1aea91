package muster.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;

/// JWTs that were found good, by their SHA-256, because to check a signature takes some 0.3 ms of a
/// processor. One is checked again after [#KEPT], so that a key its issuer took back counts for no
/// more. Shared; the lock is this object, held for map operations only.
final class VerifiedJwts {
  /// A longer text is none; a request's headers are not longer either.
  static final int MAX_LENGTH = 8192;

  static final Duration KEPT = Duration.ofMinutes(5);
  private static final int MAX_ENTRIES = 10_000;

  private record Entry(JwtProof proof, Instant checkedAt) {
    boolean isGood(Instant now) {
      return now.isBefore(proof.until())
          && Duration.between(checkedAt, now).abs().compareTo(KEPT) < 0;
    }
  }

  private final JwtCheck check;
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

  VerifiedJwts(JwtCheck check) {
    this.check = check;
  }

  Optional<JwtProof> proof(String text, Instant now) {
    if (!hasForm(text)) {
      return Optional.empty();
    }
    Optional<JwtProof> known = remembered(text, now);
    if (known.isPresent()) {
      return known;
    }
    Optional<JwtProof> proof = check.verify(text, now).filter(found -> now.isBefore(found.until()));
    proof.ifPresent(found -> put(hash(text), new Entry(found, now)));
    return proof;
  }

  /// What is known of a token without checking it.
  Optional<JwtProof> remembered(String text, Instant now) {
    return hasForm(text)
        ? get(hash(text)).filter(entry -> entry.isGood(now)).map(Entry::proof)
        : Optional.empty();
  }

  private static boolean hasForm(String text) {
    return text.length() <= MAX_LENGTH && text.chars().filter(c -> c == '.').count() == 2;
  }

  private synchronized Optional<Entry> get(String hash) {
    return Optional.ofNullable(entries.get(hash));
  }

  private synchronized void put(String hash, Entry entry) {
    entries.remove(hash);
    if (entries.size() >= MAX_ENTRIES) {
      entries.pollFirstEntry();
    }
    entries.put(hash, entry);
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
