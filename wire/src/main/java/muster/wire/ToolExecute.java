package muster.wire;

/// `tool.execute`, the server's request to run a tool. Answered by [ToolStarted], or refused with
/// one of the codes in [RpcError]; a refused command was not started.
///
/// @param executionId `execution_id`; the agent never starts the same one twice, but for
///   `idempotent`
/// @param attempt the fencing number: rises by one with each delivery of the same command, from 1
/// @param tool such as `bash`
/// @param args what the tool takes; absent means `{}`
/// @param idempotent whether an execution that was interrupted may be started again, when it comes
///   with a higher attempt; absent means false
/// @param timeoutSeconds `timeout_seconds` the tool may run, 1..86400; absent means 300
/// @param notAfterSeconds `not_after_seconds` from receipt, after which it may no longer be
///   started, 0..604800; absent means 600
public record ToolExecute(
    String executionId,
    long attempt,
    String tool,
    JsonObject args,
    boolean idempotent,
    long timeoutSeconds,
    long notAfterSeconds) {
  static final int MAX_ID = 128;

  private static final long DEFAULT_TIMEOUT = 300;
  private static final long MAX_TIMEOUT = 86_400;
  private static final long DEFAULT_NOT_AFTER = 600;
  private static final long MAX_NOT_AFTER = 604_800;

  public ToolExecute {
    checkId(executionId, attempt);
    Check.text("tool", tool, MAX_ID);
    Check.range("timeout_seconds", timeoutSeconds, 1, MAX_TIMEOUT);
    Check.range("not_after_seconds", notAfterSeconds, 0, MAX_NOT_AFTER);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("execution_id", executionId)
        .put("attempt", attempt)
        .put("tool", tool)
        .put("args", args)
        .put("idempotent", idempotent)
        .put("timeout_seconds", timeoutSeconds)
        .put("not_after_seconds", notAfterSeconds)
        .build();
  }

  public static ToolExecute fromJson(JsonObject json) {
    return new ToolExecute(
        json.string("execution_id"),
        json.integer("attempt"),
        json.string("tool"),
        json.optObject("args").orElse(JsonObject.empty()),
        json.flag("idempotent"),
        json.optInteger("timeout_seconds").orElse(DEFAULT_TIMEOUT),
        json.optInteger("not_after_seconds").orElse(DEFAULT_NOT_AFTER));
  }

  static void checkId(String executionId, long attempt) {
    Check.text("execution_id", executionId, MAX_ID);
    Check.range("attempt", attempt, 1, Long.MAX_VALUE);
  }
}
