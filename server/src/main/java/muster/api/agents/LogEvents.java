package muster.api.agents;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import muster.http.Reply;
import muster.stream.LogFormat;
import muster.stream.LogLine;
import org.jspecify.annotations.Nullable;

/// Lines of a log as server-sent events (WHATWG HTML, section 9.2): an event a line, its id the
/// line's cursor. A line end within a text, and a lone carriage return too, ends a `data` line, so
/// that no text can pass for a field of its own.
public final class LogEvents implements LogFormat {
  /// Browsers come back after so long.
  static final String RETRY = "retry: 3000\n\n";

  static final String IDLE = ": still here\n\n";

  private record Gap(@Nullable Long missed) {}

  record Failure(String error) {}

  @Override
  public byte[] opening() {
    return bytes(RETRY);
  }

  @Override
  public byte[] line(LogLine line) {
    StringBuilder event = new StringBuilder(line.text().length() + line.cursor().length() + 24);
    event.append("id: ").append(line.cursor()).append("\ndata: ");
    append(event, line.text());
    if (line.cutBytes() > 0) {
      event.append(" … (").append(line.cutBytes()).append(" more bytes)");
    }
    return bytes(event.append("\n\n").toString());
  }

  private static void append(StringBuilder event, String text) {
    int done = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r') {
        event.append(text, done, i).append("\ndata: ");
        i += c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? 1 : 0;
        done = i + 1;
      }
    }
    event.append(text, done, text.length());
  }

  @Override
  public byte[] gap(OptionalLong missed) {
    return event("gap", new Gap(missed.isPresent() ? missed.getAsLong() : null));
  }

  @Override
  public byte[] idle() {
    return bytes(IDLE);
  }

  @Override
  public byte[] ended(String why) {
    return event("error", new Failure(why));
  }

  /// JSON has no line ends of its own, so an event's data is one line.
  ///
  /// @param name empty for what has none
  static byte[] event(String name, Object data) {
    return bytes(
        (name.isEmpty() ? "" : "event: " + name + "\n")
            + "data: "
            + new String(Reply.bytes(data), StandardCharsets.UTF_8)
            + "\n\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
