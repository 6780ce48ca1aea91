package muster.wire;

import java.util.Optional;

/// `transfer.write`, the server's request to fetch a file from it and put it in place. Answered as
/// [TransferRead] is.
///
/// @param transferId `transfer_id`
/// @param path absolute
/// @param size of the file, bytes
/// @param checksum `sha256:` and 64 hexadecimal digits
/// @param mode octal digits; absent means that of the file that is replaced, or 0644
public record TransferWrite(
    String transferId, String path, long size, String checksum, Optional<String> mode) {
  private static final int MAX_CHECKSUM = 128;

  public TransferWrite {
    Check.text("transfer_id", transferId, ToolExecute.MAX_ID);
    Check.notNegative("size", size);
    Check.text("checksum", checksum, MAX_CHECKSUM);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("transfer_id", transferId)
        .put("path", path)
        .put("size", size)
        .put("checksum", checksum)
        .put("mode", mode)
        .build();
  }

  public static TransferWrite fromJson(JsonObject json) {
    return new TransferWrite(
        json.string("transfer_id"),
        json.string("path"),
        json.integer("size"),
        json.string("checksum"),
        json.optString("mode"));
  }
}
