package muster.wire;

import java.util.Optional;

/// `logs.follow`, the server's request for the lines of a log: first the last ones there are, then
/// each new one, as [LogLines] until [LogsEnded]. Answered by `{}`, or refused with one of the
/// codes in [RpcError].
///
/// @param followId `follow_id`, chosen by the server, names this log on this connection
/// @param source `journald` or `file`
/// @param unit of journald; absent means the whole journal
/// @param path of a file, absolute
/// @param tail how many lines of history, 0..1000; absent means 0
/// @param after a cursor of an earlier line: history is what stands behind it; `tail` counts only
///   when the agent does not find it
public record LogsFollow(
    String followId,
    String source,
    Optional<String> unit,
    Optional<String> path,
    int tail,
    Optional<String> after) {
  public static final String JOURNALD = "journald";
  public static final String FILE = "file";

  /// The most lines of history.
  public static final int MAX_TAIL = 1000;

  /// What systemd takes as the name of a unit, and no option of `journalctl`.
  private static final String UNIT = "[a-zA-Z0-9@._:][a-zA-Z0-9@._:-]{0,255}";

  public LogsFollow {
    Check.text("follow_id", followId, ToolExecute.MAX_ID);
    Check.range("tail", tail, 0, MAX_TAIL);
    boolean isFile = source.equals(FILE);
    if (!isFile && !source.equals(JOURNALD)) {
      throw new FieldException("source", source, "journald or file");
    }
    if (isFile != path.isPresent()) {
      throw new FieldException("path", path.orElse(null), "a path of a file, for files only");
    }
    unit.ifPresent(name -> {
      if (isFile || !name.matches(UNIT)) {
        throw new FieldException("unit", name, "the name of a systemd unit, for journald only");
      }
    });
    after.ifPresent(cursor -> LogLines.checkCursor("after", cursor));
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("follow_id", followId)
        .put("source", source)
        .put("unit", unit)
        .put("path", path)
        .put("tail", tail)
        .put("after", after)
        .build();
  }

  public static LogsFollow fromJson(JsonObject json) {
    long tail = json.optInteger("tail").orElse(0);
    Check.range("tail", tail, 0, MAX_TAIL);
    return new LogsFollow(
        json.string("follow_id"),
        json.string("source"),
        json.optString("unit"),
        json.optString("path"),
        (int) tail,
        json.optString("after"));
  }
}
