package muster.wire;

/// `transfer.read`, the server's request to bring it a file. Answered by `{}` when the agent is at
/// it, which for one that it knows already is a reminder; the bytes and the end go over HTTP
/// (docs/device-protocol.md).
///
/// @param transferId `transfer_id`
/// @param path absolute
public record TransferRead(String transferId, String path) {
  public TransferRead {
    Check.text("transfer_id", transferId, ToolExecute.MAX_ID);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("transfer_id", transferId).put("path", path).build();
  }

  public static TransferRead fromJson(JsonObject json) {
    return new TransferRead(json.string("transfer_id"), json.string("path"));
  }
}
