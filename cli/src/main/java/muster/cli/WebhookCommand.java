package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Who is told of events: `webhook create`, `list`, `show`, `test`, `log`, `redeliver`, `on`,
/// `off`, `delete`.
@Command(
    name = "webhook",
    header = "Have a server of yours told of events.",
    synopsisSubcommandLabel = "<command>",
    subcommands = {
      WebhookCommand.Create.class,
      WebhookCommand.All.class,
      WebhookCommand.One.class,
      WebhookCommand.Test.class,
      WebhookCommand.Log.class,
      WebhookCommand.Redeliver.class,
      WebhookCommand.On.class,
      WebhookCommand.Off.class,
      WebhookCommand.Delete.class
    })
final class WebhookCommand {
  private static final String PATH = "/api/webhooks";

  /// The server gives up on a receiver before that.
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private WebhookCommand() {}

  private static String words(JsonNode names) {
    List<String> words = new ArrayList<>();
    names.forEach(name -> words.add(name.asText()));
    return String.join(" ", words);
  }

  private static String state(JsonNode webhook) {
    return webhook.path("enabled").asBoolean() ? "on" : "off";
  }

  /// The webhook that a command is about.
  static final class Which {
    @Parameters(index = "0", paramLabel = "<id>", description = "As muster webhook list has it.")
    private String id = "";

    String path() {
      return PATH + "/" + Query.encoded(id);
    }
  }

  @Command(
      name = "create",
      header = "Have an address told; prints its id and, once, its secret.",
      description = {
        "",
        "Each event is a POST with JSON, signed as Standard Webhooks has it (docs/webhooks.md)."
            + " What is not taken is sent again, later each time.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster webhook create https://example.org/hook --event 'deployment.*'",
        "  muster webhook create https://example.org/hook --event device.offline \\",
        "    --filter tag:prod --header X-Webhook-Secret=..."
      })
  static final class Create implements Runnable {
    @Parameters(index = "0", paramLabel = "<url>", description = "https://, of a public address.")
    private String url = "";

    @Option(
        names = "--event",
        required = true,
        paramLabel = "<name>",
        description = "Such as device.offline, device.* or *; repeatable.")
    private List<String> events = new ArrayList<>();

    @Option(
        names = "--filter",
        paramLabel = "<filter>",
        description = "Only events of devices that match (docs/filter.md).")
    private @Nullable String filter;

    @Option(
        names = "--header",
        paramLabel = "<name=value>",
        description = "Sent along; repeatable. It is not shown again.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Option(
        names = "--attempts",
        paramLabel = "<n>",
        description = "Before an event is given up. Default: 17, five hours.")
    private @Nullable Integer attempts;

    @Option(names = "--description", paramLabel = "<text>", description = "For people.")
    private String description = "";

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode body = Json.object().put("url", url).put("description", description);
      ArrayNode names = body.putArray("events");
      events.forEach(names::add);
      ObjectNode sent = body.putObject("headers");
      headers.forEach(sent::put);
      if (filter != null) {
        body.put("filter", filter);
      }
      if (attempts != null) {
        body.putObject("retry").put("max_attempts", attempts);
      }
      JsonNode webhook = session.api().post(PATH, body);
      Output output = session.output();
      output.value(webhook, Json.text(webhook, "id"));
      if (!output.asJson()) {
        output.note("its secret, shown this once: " + Json.text(webhook, "secret"));
      }
    }
  }

  @Command(name = "list", header = "List the webhooks.", sortOptions = false)
  static final class All implements Runnable {
    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer = session.api().get(PATH);
      session.output().table(answer, () -> table(answer));
    }

    private static Table table(JsonNode answer) {
      Table table = new Table("ID", "URL", "EVENTS", "FILTER", "STATE").keep("ID");
      for (JsonNode webhook : answer.path("webhooks")) {
        table.row(
            Cell.of(webhook.path("id")),
            Cell.of(webhook.path("url")),
            Cell.of(words(webhook.path("events"))),
            Cell.of(webhook.path("filter")),
            Cell.of(state(webhook)));
      }
      return table;
    }
  }

  @Command(name = "show", header = "Show a webhook.", sortOptions = false)
  static final class One implements Runnable {
    @Mixin private final Which which = new Which();

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode webhook = session.api().get(which.path());
      session.output().facts(webhook, () -> facts(webhook, session.terminal().now()));
    }

    private static Facts facts(JsonNode webhook, Instant now) {
      JsonNode retry = webhook.path("retry");
      return new Facts()
          .add("Id", Cell.of(webhook.path("id")))
          .add("URL", Cell.of(webhook.path("url")))
          .add("Events", Cell.of(words(webhook.path("events"))))
          .add("Filter", Cell.of(webhook.path("filter")))
          .add("Headers", Cell.of(words(webhook.path("header_names"))))
          .add("Attempts", Cell.of(retry.path("max_attempts")))
          .add("Backoff", Cell.of(retry.path("backoff")))
          .add("State", Cell.of(state(webhook)))
          .add("Off because", Cell.of(webhook.path("disabled_reason")))
          .add("Description", Cell.of(webhook.path("description")))
          .add("Made", Cell.time(webhook.path("created_at"), now))
          .add("By", Cell.of(webhook.path("created_by")));
    }
  }

  @Command(
      name = "test",
      header = "Send it an event of nothing, and tell what came of it.",
      sortOptions = false)
  static final class Test implements Callable<Integer> {
    @Mixin private final Which which = new Which();

    private final Session session;

    Test(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      JsonNode delivery =
          session.api().postAndWait(which.path() + "/test", Json.object(), PATIENCE);
      boolean taken = delivery.path("state").asText().equals("delivered");
      session
          .output()
          .value(delivery, taken ? "taken" : delivery.at("/last_attempt/error").asText());
      return taken ? Exit.OK : Exit.FAILURE;
    }
  }

  @Command(
      name = "log",
      header = "List what it was told, newest first.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = "  muster webhook log whk_4k... --state failed")
  static final class Log implements Runnable {
    @Mixin private final Which which = new Which();

    @Option(
        names = "--state",
        paramLabel = "<state>",
        description = "pending, delivered or failed. Default: all.")
    private @Nullable String state;

    @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 100.")
    private @Nullable Integer limit;

    private final Session session;

    Log(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      Query query = new Query().add("state", state);
      JsonNode answer =
          session.api().list(which.path() + "/deliveries", query, "deliveries", limit);
      session.output().table(answer, () -> table(answer, session.terminal().now()));
    }

    private static Table table(JsonNode answer, Instant now) {
      Table table =
          new Table("ID", "EVENT", "AT", "STATE", "ATTEMPTS", "STATUS", "NEXT", "PROBLEM")
              .keep("ID");
      for (JsonNode delivery : answer.path("deliveries")) {
        JsonNode last = delivery.path("last_attempt");
        table.row(
            Cell.of(delivery.path("id")),
            Cell.of(delivery.path("event")),
            Cell.time(delivery.path("timestamp"), now),
            Cell.of(delivery.path("state")),
            Cell.of(delivery.path("attempts")),
            Cell.of(last.path("status")),
            Cell.time(delivery.path("next_attempt_at"), now),
            Cell.of(last.path("error")));
      }
      return table;
    }
  }

  @Command(
      name = "redeliver",
      header = "Send an event again under the same id.",
      sortOptions = false)
  static final class Redeliver implements Runnable {
    @Mixin private final Which which = new Which();

    @Parameters(
        index = "1",
        paramLabel = "<delivery>",
        description = "As muster webhook log has it.")
    private String delivery = "";

    private final Session session;

    Redeliver(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode again =
          session
              .api()
              .post(
                  which.path() + "/deliveries/" + Query.encoded(delivery) + "/redeliver",
                  Json.object());
      session.output().done(again, Json.text(again, "id") + " is sent again");
    }
  }

  @Command(name = "on", header = "Tell it again, and what has waited.", sortOptions = false)
  static final class On implements Runnable {
    @Mixin private final Which which = new Which();

    private final Session session;

    On(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      turn(session, which, true);
    }
  }

  @Command(name = "off", header = "Tell it nothing for now.", sortOptions = false)
  static final class Off implements Runnable {
    @Mixin private final Which which = new Which();

    private final Session session;

    Off(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      turn(session, which, false);
    }
  }

  private static void turn(Session session, Which which, boolean on) {
    JsonNode webhook = session.api().patch(which.path(), Json.object().put("enabled", on));
    session.output().done(webhook, Json.text(webhook, "id") + " is " + (on ? "on" : "off"));
  }

  @Command(name = "delete", header = "Delete a webhook with all it was told.", sortOptions = false)
  static final class Delete implements Runnable {
    @Mixin private final Which which = new Which();

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode webhook = session.api().get(which.path());
      String what = "the webhook for " + Json.text(webhook, "url");
      new Confirm(session.terminal()).orStop("Delete " + what + " and its log?", yes);
      session.api().delete(which.path());
      session
          .output()
          .done(Json.object().put("deleted", Json.text(webhook, "id")), what + " is deleted");
    }
  }
}
