package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster transfers`: a device's files on their way, and those that have arrived.
@Command(
    name = "transfers",
    header = "List the files that went to a device or came from it.",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  muster transfers web-1", "  muster transfers web-1 --status queued,running"})
final class TransfersCommand implements Runnable {
  @Parameters(paramLabel = "<device>", description = "Name or id.")
  private String device = "";

  @Option(
      names = "--status",
      paramLabel = "<status>",
      description = "queued, running, completed, failed, cancelled; several with commas.")
  private @Nullable String status;

  @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 50.")
  private @Nullable Integer limit;

  private final Session session;

  TransfersCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    JsonNode found = new DeviceNames(session.api()).resolve(device);
    JsonNode answer =
        session
            .api()
            .get(
                "/api/devices/"
                    + Query.encoded(Json.text(found, "id"))
                    + "/transfers"
                    + new Query().add("status", status).add("limit", limit));
    session.output().table(answer, () -> table(answer, session.terminal().now()));
  }

  static Table table(JsonNode answer, Instant now) {
    Table table =
        new Table("ID", "STATUS", "DIRECTION", "SIZE", "DONE", "CREATED", "PATH", "ERROR")
            .keep("ID");
    for (JsonNode transfer : answer.path("transfers")) {
      table.row(
          Cell.of(transfer.path("transfer_id")),
          Cell.status(Json.text(transfer, "status")),
          Cell.of(transfer.path("direction")),
          size(transfer.path("size_bytes")),
          size(transfer.path("bytes_done")),
          Cell.time(transfer.path("created_at"), now),
          Cell.of(transfer.path("path")),
          Cell.of(transfer.path("error")));
    }
    return table;
  }

  private static Cell size(JsonNode bytes) {
    return bytes.isNumber()
        ? new Cell(bytes.asText(), Progress.size(bytes.asLong()), 0)
        : Cell.of("");
  }
}
