package muster.api.snippbot;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;
import muster.transfer.Transfer;
import muster.transfer.TransferStatus;
import muster.transfer.Transfers;
import org.jspecify.annotations.Nullable;

/// A device's transfers of files (row F050).
public final class SnippbotTransfers {
  private static final int MAX_LIMIT = 500;
  private static final int MAX_OFFSET = 100_000;

  private final Transfers transfers;

  public SnippbotTransfers(Transfers transfers) {
    this.transfers = transfers;
  }

  record TransferJson(
      String transferId,
      String direction,
      String path,
      @Nullable Long sizeBytes,
      long bytesDone,
      @Nullable String checksum,
      String status,
      @Nullable String error,
      String createdAt,
      @Nullable String finishedAt) {}

  record TransferList(List<TransferJson> transfers, long total) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults()).get("/api/devices/{id}/transfers", this::list).list();
  }

  private Reply list(Call call) {
    DeviceId device = call.deviceId();
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(50);
    int offset = call.queryNumber("offset", 0, MAX_OFFSET).orElse(0);
    Set<TransferStatus> statuses = statuses(call.query("status").orElse(""));
    return Reply.ok(
        new TransferList(
            transfers.list(call.caller(), device, statuses, offset, limit).stream()
                .map(SnippbotTransfers::json)
                .toList(),
            transfers.count(call.caller(), device, statuses)));
  }

  /// Several with commas; none means all.
  private static Set<TransferStatus> statuses(String text) {
    EnumSet<TransferStatus> statuses = EnumSet.noneOf(TransferStatus.class);
    for (String word : text.split(",", -1)) {
      if (!text.isEmpty()) {
        statuses.add(
            TransferStatus.ofWord(word)
                .orElseThrow(() -> Fault.invalid("status", word, "one of " + words())));
      }
    }
    return statuses.isEmpty() ? EnumSet.allOf(TransferStatus.class) : statuses;
  }

  private static String words() {
    return Arrays.stream(TransferStatus.values())
        .map(TransferStatus::word)
        .collect(Collectors.joining(", "));
  }

  private static TransferJson json(Transfer transfer) {
    return new TransferJson(
        transfer.id().value(),
        transfer.direction().word(),
        transfer.path(),
        transfer.size().orElse(null),
        transfer.bytesDone(),
        transfer.checksum().map(Checksum::text).orElse(null),
        transfer.status().word(),
        transfer.error().orElse(null),
        Reply.time(transfer.createdAt()),
        transfer.finishedAt().map(Reply::time).orElse(null));
  }
}
