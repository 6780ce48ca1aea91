package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Shows measures as they come, or what they were.
@Command(
    name = "metrics",
    header = "Show the load of a device as it comes, or of the past.",
    description = {
      "",
      "A line for each sample, until Ctrl-C; with --json an object. With --since a line for each"
          + " metric over that time, of the fleet when no device is named; with --json the points.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster metrics web-1",
      "  muster metrics web-1 --since 24h",
      "  muster metrics --since 7d --label tag=prod --metric cpu_usage --as p95"
    })
final class MetricsCommand implements Runnable {
  @Parameters(
      arity = "0..1",
      paramLabel = "<name or id>",
      description = "The device; with --since it may be left out.")
  private String name = "";

  @Mixin private final MetricHistory history = new MetricHistory();

  private final Session session;

  MetricsCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    if (history.isAskedFor()) {
      history.show(session, name.isEmpty() ? "" : id());
      return;
    }
    history.requireUnused();
    if (name.isEmpty()) {
      throw new Failure(Exit.USAGE, "name a device, or a time with --since");
    }
    new LiveEvents(session, this::take)
        .follow("/api/agents/" + Query.encoded(id()) + "/stream/metrics");
  }

  private String id() {
    return Json.text(new DeviceNames(session.api()).resolve(name), "id");
  }

  private void take(Sse.Event event) {
    JsonNode data = Json.readOrEmpty(event.data());
    if (event.name().equals("offline")) {
      session.output().note(name + " is offline");
    } else if (!event.name().equals("message")) {
      return;
    } else if (session.output().asJson()) {
      session.output().jsonLine(data);
    } else {
      session.terminal().out().println(line(data));
    }
  }

  /// What was not measured is left out.
  private static String line(JsonNode sample) {
    StringJoiner line = new StringJoiner("  ");
    Instant at = Instant.ofEpochSecond(sample.path("timestamp").asLong());
    line.add(Times.local(at.toString()));
    percent(line, "cpu", sample.path("cpu_percent"));
    percent(line, "memory", sample.path("mem_percent"));
    percent(line, "disk", sample.path("disk_percent"));
    if (sample.has("load_1m")) {
      line.add(
          "load %s %s %s"
              .formatted(
                  sample.path("load_1m").asText(),
                  sample.path("load_5m").asText(),
                  sample.path("load_15m").asText()));
    }
    if (sample.has("cpu_temp_c")) {
      line.add(sample.path("cpu_temp_c").asText() + " °C");
    }
    if (sample.has("uptime_s")) {
      line.add("up " + Times.coarse(Duration.ofSeconds(sample.path("uptime_s").asLong())));
    }
    return line.toString();
  }

  private static void percent(StringJoiner line, String what, JsonNode value) {
    if (value.isNumber()) {
      line.add(what + " " + value.asText() + " %");
    }
  }
}
