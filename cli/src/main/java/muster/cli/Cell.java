package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.StringJoiner;

/// One value to show.
///
/// @param full for programs: complete, times in ISO form, empty when absent
/// @param brief for people; `-` when absent
/// @param colour an ANSI colour number, 0 for none
record Cell(String full, String brief, int colour) {
  private static final int RED = 31;
  private static final int GREEN = 32;
  private static final int YELLOW = 33;
  private static final int BLUE = 34;

  Cell {
    full = Text.visible(full);
    brief = brief.isEmpty() ? "-" : Text.visible(brief);
  }

  static Cell of(String text) {
    return new Cell(text, text, 0);
  }

  /// A value of the server's JSON: null and missing are absent, arrays are joined with commas.
  static Cell of(JsonNode value) {
    return of(text(value));
  }

  private static String text(JsonNode value) {
    if (value.isArray()) {
      StringJoiner joined = new StringJoiner(",");
      value.forEach(item -> joined.add(text(item)));
      return joined.toString();
    }
    return value.isObject() ? (value.isEmpty() ? "" : Json.write(value)) : value.asText("");
  }

  static Cell time(JsonNode value, Instant now) {
    return time(value, now, "");
  }

  /// @param absent what people read when there is no such time, as in `never`
  static Cell time(JsonNode value, Instant now, String absent) {
    String iso = text(value);
    return new Cell(iso, iso.isEmpty() ? absent : Times.relative(iso, now), 0);
  }

  /// A moment in a log: for people the local date and time to the second.
  static Cell moment(JsonNode value) {
    String iso = text(value);
    return new Cell(iso, Times.local(iso), 0);
  }

  /// An object of short facts: for people `key=value`, side by side.
  static Cell facts(JsonNode value) {
    StringJoiner joined = new StringJoiner(" ");
    value.properties().forEach(fact -> joined.add(fact.getKey() + "=" + text(fact.getValue())));
    return new Cell(text(value), joined.toString(), 0);
  }

  static Cell percent(JsonNode value) {
    return value.isNumber() ? new Cell(value.asText(), value.asText() + "%", 0) : of("");
  }

  /// Presence of a device, state of a command or outcome of an action.
  static Cell status(String status) {
    int colour =
        switch (status) {
          case "online", "completed", "ok" -> GREEN;
          case "offline", "failed", "timed_out", "lost", "denied", "error", "disabled" -> RED;
          case "unknown", "queued", "sent", "expired", "cancelled" -> YELLOW;
          case "running" -> BLUE;
          default -> 0;
        };
    return new Cell(status, status, colour);
  }
}
