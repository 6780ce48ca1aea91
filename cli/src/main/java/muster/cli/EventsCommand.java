package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows what happens to devices as it happens.
@Command(
    name = "events",
    header = "Show what happens to devices, as it happens.",
    description = {
      "",
      "A line for each event, until Ctrl-C; with --json an object. When the server was away, it"
          + " goes on behind the last event that was shown.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster events --filter 'tag:prod'",
      "  muster events --kind heartbeat --filter name:web-1",
      "  muster events --past"
    })
final class EventsCommand implements Runnable {
  private static final List<String> USUAL = List.of("status_change", "deployment");

  @Option(
      names = "--filter",
      paramLabel = "<filter>",
      description = "Of devices that match when it happens.")
  private @Nullable String filter;

  @Option(
      names = "--kind",
      paramLabel = "<kind>",
      description =
          "status_change, deployment or heartbeat; may be repeated. Default: the first two.")
  private List<String> kinds = List.of();

  @Option(
      names = "--after",
      paramLabel = "<id>",
      description = "Go on behind this event, as --json shows it.")
  private @Nullable Long after;

  @Option(names = "--past", description = "What has happened, as far as it is kept, and no more.")
  private boolean past;

  private final Session session;
  private final Map<String, String> names = new HashMap<>();

  EventsCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    Query query = new Query().add("filter", filter);
    query = query.add("events", String.join(",", kinds.isEmpty() ? USUAL : kinds));
    String path = "/v1/events" + query.add("after", after).add("follow", !past);
    LiveEvents events = new LiveEvents(session, this::take);
    if (past) {
      events.once(path);
    } else {
      events.follow(path);
    }
  }

  private void take(Sse.Event event) {
    JsonNode data = Json.readOrEmpty(event.data());
    if (event.name().equals("gap")) {
      session.output().note("what happened behind event " + data.path("after") + " is not kept");
    } else if (session.output().asJson()) {
      ObjectNode line = Json.object().put("event", event.name());
      if (!event.id().isEmpty()) {
        line.put("id", Long.parseLong(event.id()));
      }
      data.properties().forEach(field -> line.set(field.getKey(), field.getValue()));
      session.output().jsonLine(line);
    } else {
      session.terminal().out().println(line(event.name(), data));
    }
  }

  private String line(String kind, JsonNode event) {
    StringJoiner line = new StringJoiner("  ");
    line.add(Times.local(Json.text(event, "timestamp")));
    line.add(Text.visible(device(event)));
    JsonNode data = event.path("data");
    line.add(Text.visible(data.path("type").asText(kind)));
    data.properties().stream()
        .filter(fact -> !fact.getKey().equals("type"))
        .forEach(fact -> line.add(Text.visible(fact.getKey() + "=" + fact.getValue().asText())));
    return line.toString();
  }

  /// Its name for people, looked up once.
  private String device(JsonNode event) {
    return names.computeIfAbsent(
        Json.text(event, "device_id"),
        id ->
            DeviceColumn.of(session, Json.object().putArray("rows").add(event))
                .names()
                .getOrDefault(id, id));
  }
}
