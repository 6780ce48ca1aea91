package muster.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hash that ties a row to the one before it: SHA-256 over the earlier hash (hexadecimal, empty
/// before the first row) and every field in order. Numbers are 8 bytes big-endian, texts UTF-8 with
/// their length in 4 bytes before them, so that no two rows have the same bytes.
public final class AuditChain {
  private final MessageDigest sha256;

  /// Small: the digest is given a field at a time.
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  private AuditChain() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  public static String hash(String previousHash, AuditEntry entry) {
    AuditChain chain = new AuditChain();
    chain.text(previousHash);
    chain.number(entry.seq());
    chain.number(entry.at().toEpochMilli());
    chain.text(entry.actor());
    chain.text(entry.actorId());
    chain.text(entry.action());
    chain.text(entry.target());
    chain.text(entry.outcome().name());
    chain.text(entry.surface());
    chain.text(entry.address());
    chain.text(entry.requestId());
    chain.count(entry.detail().size());
    entry
        .detail()
        .forEach((key, value) -> {
          chain.text(key);
          chain.text(value);
        });
    return HexFormat.of().formatHex(chain.sha256.digest());
  }

  private void number(long value) {
    number.clear().putLong(value);
    sha256.update(number.array(), 0, Long.BYTES);
  }

  private void count(int value) {
    number.clear().putInt(value);
    sha256.update(number.array(), 0, Integer.BYTES);
  }

  private void text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    count(bytes.length);
    sha256.update(bytes);
  }
}
