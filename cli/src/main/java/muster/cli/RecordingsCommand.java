package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What terminals showed.
@Command(
    name = "recordings",
    header = "List what was recorded of terminals, or print one recording.",
    description = {
      "",
      "Terminals are recorded when the server's setting remote.record says so. A recording is in"
          + " asciicast's form, which asciinema plays.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster recordings --device web-1",
      "  muster recordings ses_9k2m4x7q1w5e8r3t >web-1.cast"
    })
final class RecordingsCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "<id>", description = "Print this one.")
  private @Nullable String id;

  @Option(names = "--device", paramLabel = "<name or id>", description = "Those of one device.")
  private @Nullable String device;

  @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 100.")
  private @Nullable Integer limit;

  private final Session session;

  RecordingsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (id != null) {
      print(id);
      return Exit.OK;
    }
    String named =
        device == null ? null : Json.text(new DeviceNames(session.api()).resolve(device), "id");
    ObjectNode answer =
        session.api().list("/v1/recordings", new Query().add("device", named), "recordings", limit);
    session.output().table(answer, () -> table(answer));
    return Exit.OK;
  }

  /// Line by line; what a terminal would obey is written out.
  private void print(String recording) {
    String path = "/v1/recordings/" + Query.encoded(recording);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(session.api().open(path), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        session.terminal().out().print(Text.visibleJson(line) + "\n");
      }
    } catch (IOException e) {
      throw session.api().unreachable(e);
    }
  }

  private Table table(ObjectNode answer) {
    JsonNode recordings = answer.path("recordings");
    DeviceColumn devices = DeviceColumn.of(session, recordings);
    Instant now = session.terminal().now();
    Table table = new Table("ID", "DEVICE", "BY", "BEGAN", "BYTES");
    for (JsonNode recording : recordings) {
      table.row(
          Cell.of(recording.path("id")),
          devices.cell(recording),
          Cell.of(recording.path("started_by")),
          Cell.time(recording.path("started_at"), now),
          Cell.of(recording.path("bytes")));
    }
    return table;
  }
}
