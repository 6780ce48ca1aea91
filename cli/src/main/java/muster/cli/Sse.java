package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Optional;
import java.util.StringJoiner;

/// Reads server-sent events. The server sends a comment every 15 s, so a stream that stays silent
/// for much longer hangs on a dead connection: a watcher closes it, and the reader gets an
/// [IOException].
final class Sse implements Closeable {

  /// @param id what to come back with, empty without one
  /// @param name `message` when the event has none
  record Event(String id, String name, String data) {}

  private final BufferedReader lines;
  private final Silence silence;

  Sse(InputStream stream, Duration longest) {
    this.lines = new BufferedReader(new InputStreamReader(stream, UTF_8));
    this.silence = new Silence(stream, longest);
  }

  /// The next event; empty at the end of the stream. An event cut off by the end is not one.
  Optional<Event> next() throws IOException {
    String id = "";
    String name = "message";
    StringJoiner data = new StringJoiner("\n");
    boolean any = false;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      silence.heard();
      if (line.isEmpty()) {
        if (any) {
          return Optional.of(new Event(id, name, data.toString()));
        }
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      value = value.startsWith(" ") ? value.substring(1) : value;
      switch (field) {
        case "id" -> id = value;
        case "event" -> name = value;
        case "data" -> {
          data.add(value);
          any = true;
        }
        default -> {} // a comment, or a field of the future
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    silence.close();
  }
}
