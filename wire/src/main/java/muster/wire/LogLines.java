package muster.wire;

import java.util.List;

/// `logs.lines`, lines of a log that the server follows, from the agent, in order.
///
/// @param followId `follow_id`
/// @param lines may be empty
/// @param gap before these, lines are missing: the place to go on from was not found any more
/// @param caughtUp `caught_up`, once: with these the history is complete, what follows is new
public record LogLines(String followId, List<Line> lines, boolean gap, boolean caughtUp) {
  /// The most bytes of a line that are sent.
  public static final int MAX_LINE = 16 * 1024;

  private static final String CURSOR = "[!-~]{1,512}";

  /// One line.
  ///
  /// @param cursor names the place behind it; opaque, without spaces
  /// @param text without its end; what is no UTF-8 is U+FFFD
  /// @param cutBytes `cut_bytes`, how many bytes are left out at its end; absent means 0
  public record Line(String cursor, String text, long cutBytes) {
    public Line {
      checkCursor("cursor", cursor);
      Check.notNegative("cut_bytes", cutBytes);
    }

    JsonObject toJson() {
      JsonObject.Builder json = JsonObject.builder().put("cursor", cursor).put("text", text);
      return (cutBytes == 0 ? json : json.put("cut_bytes", cutBytes)).build();
    }

    static Line fromJson(JsonObject json) {
      return new Line(
          json.string("cursor"), json.string("text"), json.optInteger("cut_bytes").orElse(0));
    }
  }

  public LogLines {
    Check.text("follow_id", followId, ToolExecute.MAX_ID);
    lines = List.copyOf(lines);
  }

  static void checkCursor(String field, String cursor) {
    if (!isCursor(cursor)) {
      throw new FieldException(field, cursor, "1..512 printable ASCII characters");
    }
  }

  /// Whether it could be the cursor of a line.
  public static boolean isCursor(String text) {
    return text.matches(CURSOR);
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("follow_id", followId)
            .put("lines", lines.stream().map(Line::toJson).toList());
    if (gap) {
      json.put("gap", true);
    }
    if (caughtUp) {
      json.put("caught_up", true);
    }
    return json.build();
  }

  public static LogLines fromJson(JsonObject json) {
    return new LogLines(
        json.string("follow_id"),
        json.objects("lines", Line::fromJson),
        json.flag("gap"),
        json.flag("caught_up"));
  }
}
