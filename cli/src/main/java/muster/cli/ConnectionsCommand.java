package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `connections`: when a device was connected, and why each connection ended.
@Command(
    name = "connections",
    header = "Show when a device was connected, and why that ended.",
    description = {"", "The last 100 connections of 30 days, newest first.", ""},
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  muster connections web-1", "  muster connections web-1 --limit 5 --json"})
final class ConnectionsCommand implements Runnable {
  @Parameters(paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 100.")
  private @Nullable Integer limit;

  private final Session session;

  ConnectionsCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    ObjectNode answer =
        session
            .api()
            .list(DeviceNames.path(device) + "/connections", new Query(), "connections", limit);
    session.output().table(answer, () -> table(answer, session.terminal().now()));
  }

  private static Table table(ObjectNode answer, Instant now) {
    Table table = new Table("BEGAN", "ENDED", "LASTED", "ADDRESS", "END");
    for (JsonNode connection : answer.path("connections")) {
      table.row(
          Cell.time(connection.path("began_at"), now),
          Cell.time(connection.path("ended_at"), now),
          lasted(connection, now),
          Cell.of(connection.path("address")),
          end(connection));
    }
    return table;
  }

  /// For programs in seconds.
  private static Cell lasted(JsonNode connection, Instant now) {
    String ended = Json.text(connection, "ended_at");
    try {
      Instant began = Instant.parse(Json.text(connection, "began_at"));
      Duration lasted = Duration.between(began, ended.isEmpty() ? now : Instant.parse(ended));
      Duration shown = lasted.isNegative() ? Duration.ZERO : lasted; // the clock was set back
      return new Cell(Long.toString(shown.toSeconds()), Times.coarse(shown), 0);
    } catch (DateTimeParseException e) {
      return Cell.of("");
    }
  }

  /// A word for programs, a sentence for people.
  private static Cell end(JsonNode connection) {
    String word = Json.text(connection, "end");
    return word.isEmpty()
        ? new Cell("open", "open", Cell.status("online").colour())
        : new Cell(word, Json.text(connection, "reason"), 0);
  }
}
