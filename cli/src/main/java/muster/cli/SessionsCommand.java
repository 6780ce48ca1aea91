package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The remote sessions that are open.
@Command(
    name = "sessions",
    header = "List the terminals and tunnels that are open, or stop them.",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster sessions",
      "  muster sessions web-1 --stop",
      "  muster audit --action remote.end      # those of the past"
    })
final class SessionsCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "<name or id>", description = "Those of one device.")
  private @Nullable String name;

  @Option(names = "--stop", description = "Stop the device's sessions.")
  private boolean stop;

  private final Session session;

  SessionsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (name == null) {
      if (stop) {
        throw new Failure(Exit.USAGE, "--stop: whose? (expected: a device)");
      }
      show(session.api().get("/v1/remote"));
      return Exit.OK;
    }
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    if (stop) {
      JsonNode answer = new RemoteAccess(session.api(), device).stop(Json.object());
      session.output().done(answer, "stopped " + answer.path("stopped").asInt());
    } else {
      show(session.api().get(DeviceNames.path(device) + "/remote"));
    }
    return Exit.OK;
  }

  private void show(JsonNode answer) {
    session.output().table(answer, () -> table(answer));
  }

  private Table table(JsonNode answer) {
    JsonNode sessions = answer.path("sessions");
    DeviceColumn devices = DeviceColumn.of(session, sessions);
    Instant now = session.terminal().now();
    Table table = new Table("ID", "DEVICE", "TYPE", "TARGET", "BY", "BEGAN", "USED");
    for (JsonNode open : sessions) {
      table.row(
          Cell.of(open.path("session_id")),
          devices.cell(open),
          Cell.of(open.path("type")),
          Cell.of(open.path("target")),
          Cell.of(open.path("started_by")),
          Cell.time(open.path("started_at"), now),
          Cell.time(open.path("last_used_at"), now));
    }
    return table;
  }
}
