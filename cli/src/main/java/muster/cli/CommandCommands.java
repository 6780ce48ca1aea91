package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What was asked of the devices: `commands`, `command` and `cancel`.
final class CommandCommands {
  private CommandCommands() {}

  @Command(
      name = "commands",
      header = "List commands, newest first.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {"  muster commands web-1", "  muster commands --status queued"})
  static final class All implements Runnable {
    @Parameters(arity = "0..1", paramLabel = "<device>", description = "Of this device.")
    private @Nullable String device;

    @Option(
        names = "--status",
        paramLabel = "<status>",
        description =
            "queued, sent, running, completed, failed, timed_out, cancelled, expired or lost.")
    private @Nullable String status;

    @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 100.")
    private @Nullable Integer limit;

    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      Query query = new Query();
      if (device != null) {
        query.add("device", Json.text(new DeviceNames(session.api()).resolve(device), "id"));
      }
      query.add("status", status);
      ObjectNode answer = session.api().list("/v1/commands", query, "commands", limit);
      session.output().table(answer, () -> table(answer, session));
    }
  }

  static Table table(ObjectNode answer, Session session) {
    JsonNode commands = answer.path("commands");
    DeviceColumn devices = DeviceColumn.of(session, commands);
    Instant now = session.terminal().now();
    Table table =
        new Table("ID", "STATUS", "EXIT", "DEVICE", "CREATED", "TOOK", "BY", "COMMAND").keep("ID");
    for (JsonNode command : commands) {
      table.row(
          Cell.of(command.path("id")),
          Cell.status(Json.text(command, "status")),
          Cell.of(command.path("exit_code")),
          devices.cell(command),
          Cell.time(command.path("created_at"), now),
          took(command.path("duration_ms")),
          Cell.of(command.path("requested_by")),
          Cell.of(line(command)));
    }
    return table;
  }

  private static Cell took(JsonNode millis) {
    if (!millis.isNumber()) {
      return Cell.of("");
    }
    long ms = millis.asLong();
    return new Cell(
        millis.asText(), ms < 1000 ? ms + "ms" : Times.coarse(Duration.ofMillis(ms)), 0);
  }

  /// The command as one would type it.
  private static String line(JsonNode command) {
    JsonNode args = command.path("args");
    if (!args.path("argv").isArray()) {
      return args.has("command") ? Json.text(args, "command") : Json.text(command, "tool");
    }
    StringJoiner line = new StringJoiner(" ");
    args.path("argv").forEach(word -> line.add(shellWord(word.asText())));
    return line.toString();
  }

  private static String shellWord(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  @Command(
      name = "command",
      header = "Show one command, or its output.",
      description = {
        "",
        "With --follow the exit code is that of the command, as with exec; Ctrl-C ends only"
            + " the watching.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {"  muster command exec_123", "  muster command exec_123 --follow"})
  static final class One implements Callable<Integer> {
    @Parameters(paramLabel = "<id>", description = "The command, exec_...")
    private String id = "";

    @Option(names = "--output", description = "Print the output so far.")
    private boolean output;

    @Option(
        names = {"-f", "--follow"},
        description = "Print the output until the command has ended.")
    private boolean follow;

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      if (!output && !follow) {
        JsonNode command = session.api().get("/v1/commands/" + Query.encoded(id));
        session.output().facts(command, () -> facts(command, session.terminal().now()));
        return Exit.OK;
      }
      CommandOutput receiver = new CommandOutput(session, id);
      Follow reading = new Follow(session.api(), session.terminal(), receiver, Follow.SILENCE);
      if (!follow) {
        reading.soFar(id);
        return Exit.OK;
      }
      return reading.toTheEnd(id, Duration.ofMinutes(5)).map(receiver::exit).orElse(Exit.CANCELLED);
    }
  }

  private static Facts facts(JsonNode command, Instant now) {
    return new Facts()
        .add("Id", Cell.of(command.path("id")))
        .add("Status", Cell.status(Json.text(command, "status")))
        .add("Exit code", Cell.of(command.path("exit_code")))
        .add("Error", Cell.of(command.path("error")))
        .add("Command", Cell.of(line(command)))
        .add("Device", Cell.of(command.path("device_id")))
        .add("Requested by", Cell.of(command.path("requested_by")))
        .add("Created", Cell.time(command.path("created_at"), now))
        .add("Expires", Cell.time(command.path("expires_at"), now))
        .add("Sent", Cell.time(command.path("sent_at"), now))
        .add("Started", Cell.time(command.path("started_at"), now))
        .add("Finished", Cell.time(command.path("finished_at"), now))
        .add("Took", took(command.path("duration_ms")))
        .add("Timeout seconds", Cell.of(command.path("timeout_seconds")))
        .add("Lane", Cell.of(command.path("lane")))
        .add("Idempotent", Cell.of(command.path("idempotent")))
        .add("Attempt", Cell.of(command.path("attempt")))
        .add("Truncated", Cell.of(command.path("truncated")))
        .add("Cancel requested", Cell.of(command.path("cancel_requested")));
  }

  @Command(name = "cancel", header = "Cancel a command that waits or runs.", sortOptions = false)
  static final class Cancel implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The command, exec_...")
    private String id = "";

    private final Session session;

    Cancel(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode command =
          session.api().post("/v1/commands/" + Query.encoded(id) + "/cancel", Json.object());
      session
          .output()
          .done(
              command,
              Json.text(command, "status").equals("cancelled")
                  ? id + " is cancelled"
                  : id + " will end when the device has stopped it");
    }
  }
}
