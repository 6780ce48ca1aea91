package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The hash of an audit row, from its JSON. Written from docs/audit.md and not shared with the
/// server: a verifier that shares the server's mistakes would not see them.
final class AuditRowHash {
  private static final List<String> TEXTS_BEFORE =
      List.of("actor", "actor_id", "action", "target", "outcome");
  private static final List<String> TEXTS_AFTER = List.of("surface", "address", "request_id");

  /// `seq`, `at`, `detail` and `hash` beside the texts.
  private static final int FIELDS = TEXTS_BEFORE.size() + TEXTS_AFTER.size() + 4;

  private final MessageDigest sha256;

  AuditRowHash() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Empty for what is no audit row, or has more in it than is hashed.
  Optional<String> of(String previousHash, JsonNode row) {
    JsonNode detail = row.path("detail");
    if (row.size() != FIELDS || !row.path("seq").isIntegralNumber() || !detail.isObject()) {
      return Optional.empty();
    }
    text(previousHash);
    number(row.path("seq").asLong());
    try {
      number(Instant.parse(Json.text(row, "at")).toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      sha256.reset();
      return Optional.empty();
    }
    for (String field : TEXTS_BEFORE) {
      String text = Json.text(row, field);
      text(field.equals("outcome") ? text.toUpperCase(Locale.ROOT) : text);
    }
    TEXTS_AFTER.forEach(field -> text(Json.text(row, field)));
    Map<String, String> facts = new TreeMap<>();
    detail.properties().forEach(fact -> facts.put(fact.getKey(), fact.getValue().asText()));
    sha256.update(ByteBuffer.allocate(4).putInt(facts.size()).flip());
    facts.forEach((key, value) -> {
      text(key);
      text(value);
    });
    return Optional.of(HexFormat.of().formatHex(sha256.digest()));
  }

  private void text(String value) {
    byte[] bytes = value.getBytes(UTF_8);
    sha256.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
    sha256.update(bytes);
  }

  private void number(long value) {
    sha256.update(ByteBuffer.allocate(8).putLong(value).flip());
  }
}
