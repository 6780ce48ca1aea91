package muster.agent.journal;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;
import muster.wire.Json;
import muster.wire.JsonException;

/// One entry as a line of the journal: eight hex digits of CRC-32C, a space, the JSON, a newline.
final class Lines {
  private static final int CHECKSUM = 8;

  private Lines() {}

  static byte[] format(Entry entry) {
    String json = entry.toJson().toString();
    return (checksum(json) + " " + json + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// Empty when the line is torn or damaged.
  static Optional<Entry> parse(String line) {
    if (line.length() <= CHECKSUM || line.charAt(CHECKSUM) != ' ') {
      return Optional.empty();
    }
    String json = line.substring(CHECKSUM + 1);
    if (!line.startsWith(checksum(json))) {
      return Optional.empty();
    }
    try {
      return Optional.of(Entry.fromJson(Json.parseObject(json)));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  private static String checksum(String json) {
    CRC32C crc = new CRC32C();
    crc.update(json.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
