package muster.wire;

/// What the server says about a command that the agent named in [Hello].
///
/// @param executionId `execution_id`
/// @param receivedSeq `received_seq`: send output after this number again, then the result; absent
///   means 0, all of it
/// @param forget the server has the end already, or never heard of the command: drop it, and cancel
///   it when it still runs; absent means false
public record ExecutionReply(String executionId, long receivedSeq, boolean forget) {
  public ExecutionReply {
    Check.text("execution_id", executionId, ToolExecute.MAX_ID);
    Check.notNegative("received_seq", receivedSeq);
  }

  public static ExecutionReply resume(String executionId, long receivedSeq) {
    return new ExecutionReply(executionId, receivedSeq, false);
  }

  public static ExecutionReply forget(String executionId) {
    return new ExecutionReply(executionId, 0, true);
  }

  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder().put("execution_id", executionId);
    return (forget ? json.put("forget", true) : json.put("received_seq", receivedSeq)).build();
  }

  public static ExecutionReply fromJson(JsonObject json) {
    return new ExecutionReply(
        json.string("execution_id"),
        json.optInteger("received_seq").orElse(0),
        json.flag("forget"));
  }
}
