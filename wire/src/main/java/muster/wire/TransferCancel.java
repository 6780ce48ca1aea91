package muster.wire;

/// `transfer.cancel`, the server's request to drop a transfer and what there is of it. Answered by
/// `{}` whether or not the agent knows the id.
///
/// @param transferId `transfer_id`
public record TransferCancel(String transferId) {
  public TransferCancel {
    Check.text("transfer_id", transferId, ToolExecute.MAX_ID);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("transfer_id", transferId).build();
  }

  public static TransferCancel fromJson(JsonObject json) {
    return new TransferCancel(json.string("transfer_id"));
  }
}
