package muster.audit;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/// The hash that ties a row to the one before it: SHA-256 over the earlier hash (hexadecimal, empty
/// before the first row) and every field in order. Numbers are 8 bytes big-endian, texts UTF-8 with
/// their length in 4 bytes before them, so that no two rows have the same bytes.
public final class AuditChain {
  private AuditChain() {}

  public static String hash(String previousHash, AuditEntry entry) {
    var bytes = new ByteArrayOutputStream(256);
    try (var out = new DataOutputStream(bytes)) {
      text(out, previousHash);
      out.writeLong(entry.seq());
      out.writeLong(entry.at().toEpochMilli());
      text(out, entry.actor());
      text(out, entry.actorId());
      text(out, entry.action());
      text(out, entry.target());
      text(out, entry.outcome().name());
      text(out, entry.surface());
      text(out, entry.address());
      text(out, entry.requestId());
      out.writeInt(entry.detail().size());
      for (Map.Entry<String, String> fact : entry.detail().entrySet()) {
        text(out, fact.getKey());
        text(out, fact.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void text(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
