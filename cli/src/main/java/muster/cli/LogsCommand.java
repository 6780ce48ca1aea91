package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows lines of a device's log.
@Command(
    name = "logs",
    header = "Show a log of a device, and follow it.",
    description = {
      "",
      "What the journal of systemd or a file on the device says last; with -f also what comes,"
          + " until Ctrl-C. Of a line that is too long the first 16 KiB are shown. On a terminal"
          + " control characters are shown, not obeyed.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster logs web-1 --unit nginx -f",
      "  muster logs web-1 --file /var/log/syslog -n 100"
    })
final class LogsCommand implements Runnable {
  @Parameters(paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  @ArgGroup private Source source = new Source();

  /// One of them at most; neither is the whole journal.
  static final class Source {
    @Option(
        names = "--unit",
        paramLabel = "<unit>",
        description = "What this unit of systemd wrote; without it, the whole journal.")
    private @Nullable String unit;

    @Option(names = "--file", paramLabel = "<path>", description = "A file on the device.")
    private @Nullable String file;
  }

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "<n>",
      defaultValue = "10",
      description = "So many of the last lines; 1000 at most. Default: ${DEFAULT-VALUE}.")
  private int lines;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with the lines that come.")
  private boolean follow;

  private final Session session;

  LogsCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    Query query = new Query().add("source", source.file == null ? "journald" : "file");
    query = query.add("unit", source.unit).add("path", source.file);
    query = query.add("tail", Integer.toString(lines)).add("follow", Boolean.toString(follow));
    String path = "/api/agents/" + Query.encoded(Json.text(device, "id")) + "/stream/logs" + query;
    LiveEvents events = new LiveEvents(session, this::take);
    if (follow) {
      events.follow(path);
    } else {
      events.once(path);
    }
  }

  private void take(Sse.Event event) {
    if (event.name().equals("gap")) {
      JsonNode missed = Json.readOrEmpty(event.data()).path("missed");
      session.output().note((missed.isNumber() ? missed.asText() : "some") + " lines are missing");
    } else if (event.name().equals("message")) {
      show(event);
    }
  }

  private void show(Sse.Event event) {
    if (session.output().asJson()) {
      session.output().jsonLine(Json.object().put("id", event.id()).put("text", event.data()));
    } else if (session.terminal().outIsTerminal()) {
      session.terminal().out().println(visible(event.data()));
    } else {
      session.terminal().out().println(event.data());
    }
  }

  /// Line ends and tabs stay.
  private static String visible(String text) {
    return Arrays.stream(text.split("(?<=[\\n\\t])|(?=[\\n\\t])"))
        .map(part -> part.equals("\n") || part.equals("\t") ? part : Text.visible(part))
        .collect(Collectors.joining());
  }
}
