package muster.agent.logs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.LogLines;
import org.jspecify.annotations.Nullable;

/// An entry of the journal as `journalctl -o json` has it. Its message is a text, a list of bytes
/// when it is none, a list of these when there are several, or null.
final class JournalMessage {
  /// In a message the quotes would be escaped.
  private static final Pattern CURSOR = Pattern.compile("\"__CURSOR\"\\s*:\\s*\"([!-~]{1,512}?)\"");

  private static final Pattern MESSAGE = Pattern.compile("\"MESSAGE\"\\s*:\\s*([\\[\"])");

  private JournalMessage() {}

  /// Empty for what is no entry.
  static Optional<LogLines.Line> read(JournalEntries.Entry entry) {
    if (entry.isCut()) {
      return readCut(entry);
    }
    try {
      Map<String, @Nullable Object> fields = Json.parseObject(entry.head()).asMap();
      return fields.get("__CURSOR") instanceof String cursor && LogLines.isCursor(cursor)
          ? Optional.of(line(cursor, bytes(fields.get("MESSAGE")), 0))
          : Optional.empty();
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  /// Of a message that is too long the beginning is read, and how long it is guessed by how it is
  /// spelled.
  private static Optional<LogLines.Line> readCut(JournalEntries.Entry entry) {
    Matcher message = MESSAGE.matcher(entry.head());
    Optional<String> cursor =
        Optional.of(CURSOR.matcher(entry.head()))
            .filter(Matcher::find)
            .or(() -> Optional.of(CURSOR.matcher(entry.end())).filter(Matcher::find))
            .map(found -> found.group(1));
    if (cursor.isEmpty() || !message.find()) {
      return Optional.empty();
    }
    int from = message.end() - 1;
    String begun = entry.head().substring(from);
    byte[] bytes;
    try {
      bytes = bytes(Json.parse(message.group(1).equals("[") ? list(begun) : text(begun)));
    } catch (JsonException e) {
      bytes = new byte[0];
    }
    return Optional.of(line(cursor.get(), bytes, entry.total() - entry.head().length()));
  }

  private static LogLines.Line line(String cursor, byte[] message, long more) {
    return LineText.line(cursor, message, message.length, message.length + more);
  }

  /// A list without its end, which is complete after its last comma.
  private static String list(String begun) {
    int end = begun.indexOf(']');
    return begun.substring(0, end < 0 ? Math.max(1, begun.lastIndexOf(',')) : end) + "]";
  }

  /// A text, which may lack its end.
  private static String text(String begun) {
    int i = 1;
    while (i < begun.length() && begun.charAt(i) != '"') {
      int step = begun.charAt(i) != '\\' ? 1 : begun.startsWith("u", i + 1) ? 6 : 2;
      if (i + step > begun.length()) {
        break;
      }
      i += step;
    }
    return begun.substring(0, i) + "\"";
  }

  private static byte[] bytes(@Nullable Object message) {
    if (message instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    if (!(message instanceof List<?> list)) {
      return new byte[0];
    }
    if (list.stream().allMatch(Long.class::isInstance)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(list.size());
      list.forEach(item -> bytes.write(((Long) item).intValue()));
      return bytes.toByteArray();
    }
    return list.stream()
        .map(item -> new String(bytes(item), StandardCharsets.UTF_8))
        .collect(Collectors.joining("\n"))
        .getBytes(StandardCharsets.UTF_8);
  }
}
