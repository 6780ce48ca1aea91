package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What there is in the fleet: `devices` and `device`.
final class DeviceCommands {
  private DeviceCommands() {}

  @Command(
      name = "devices",
      header = "List the devices of the fleet.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster devices --status online --tag prod",
        "  muster devices --filter 'cpu_usage:>80 AND NOT tag:lab' --sort -last_seen",
        "  muster devices --json | jq -r '.devices[].id'"
      })
  static final class All implements Runnable {
    @Option(
        names = "--filter",
        paramLabel = "<filter>",
        description = "In the filter language (docs/filter.md).")
    private @Nullable String filter;

    @Option(
        names = "--status",
        paramLabel = "<status>",
        description = "online or offline; several mean either.")
    private List<String> status = new ArrayList<>();

    @Option(names = "--tag", paramLabel = "<tag>", description = "Has the tag; several mean all.")
    private List<String> tags = new ArrayList<>();

    @Option(names = "--search", paramLabel = "<text>", description = "Part of the name.")
    private @Nullable String search;

    @Option(
        names = "--sort",
        paramLabel = "<fields>",
        description = "As in name,-last_seen; - means descending.")
    private @Nullable String sort;

    @Option(names = "--limit", paramLabel = "<n>", description = "At most so many.")
    private @Nullable Integer limit;

    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      Query query =
          new Query()
              .add("filter", filter)
              .addAll("status", status)
              .addAll("tag", tags)
              .add("search", search)
              .add("order_by", sort == null ? null : orderBy(sort));
      ObjectNode answer = session.api().list("/v1/devices", query, "devices", limit);
      session.output().table(answer, () -> table(answer, session.terminal().now()));
      if (answer.hasNonNull("next_cursor") && !session.output().asJson()) {
        session.output().note("there are more; --limit says how many to show");
      }
    }

    /// `name,-last_seen` as `name ASC, last_seen DESC`; what says so itself stays.
    static String orderBy(String sort) {
      List<String> fields = new ArrayList<>();
      for (String part : sort.split(",", -1)) {
        String field = part.strip();
        if (field.contains(" ")) {
          fields.add(field);
        } else if (field.startsWith("-")) {
          fields.add(field.substring(1) + " DESC");
        } else {
          fields.add((field.startsWith("+") ? field.substring(1) : field) + " ASC");
        }
      }
      return String.join(", ", fields);
    }

    private static Table table(ObjectNode answer, Instant now) {
      Table table =
          new Table(
              "NAME", "STATUS", "TAGS", "CPU", "MEM", "DISK", "LAST SEEN", "TYPE", "AGENT", "ID");
      for (JsonNode device : answer.path("devices")) {
        JsonNode health = device.path("health");
        table.row(
            Cell.of(device.path("name")),
            Cell.status(presence(device)),
            Cell.of(device.path("tags")),
            Cell.percent(health.path("cpu_percent")),
            Cell.percent(health.path("memory_percent")),
            Cell.percent(health.path("disk_percent")),
            Cell.time(device.path("last_seen"), now, "never"),
            Cell.of(device.path("device_type")),
            Cell.of(device.path("agent_version")),
            Cell.of(device.path("id")));
      }
      return table;
    }
  }

  /// `status` knows two states, presence a third.
  static String presence(JsonNode device) {
    String state = Json.text(device.path("presence"), "state");
    return state.isEmpty() ? Json.text(device, "status") : state;
  }

  @Command(
      name = "device",
      header = "Show one device, make one, or change it.",
      description = {
        "",
        "A device is named by its name or its id; a name that is also a subcommand needs"
            + " show before it.",
        ""
      },
      customSynopsis = {
        "muster device <name or id>",
        "       muster device (show | add | set | delete) <name or id> [<options>]"
      },
      sortOptions = false,
      subcommands = {Show.class, DeviceAddCommand.class, Change.class, Delete.class},
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster device web-1",
        "  muster device add web-2 --tag prod",
        "  muster device set web-1 --name web-2 --add-tag munich",
        "  muster device delete web-1"
      })
  static final class One implements Runnable {
    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "<name or id>",
        description = "The device.")
    private @Nullable String name;

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      if (name == null) {
        throw new Failure(Exit.USAGE, "which device? (muster device <name or id>)");
      }
      show(session, name);
    }
  }

  @Command(name = "show", header = "Show one device.", sortOptions = false)
  static final class Show implements Runnable {
    @Parameters(paramLabel = "<name or id>", description = "The device.")
    private String name = "";

    private final Session session;

    Show(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      DeviceCommands.show(session, name);
    }
  }

  private static void show(Session session, String name) {
    JsonNode device = new DeviceNames(session.api()).describe(name);
    session.output().facts(device, () -> facts(device, session.terminal().now()));
    if (session.terminal().outIsTerminal() && !session.output().asJson()) {
      lastCommands(session, Json.text(device, "id"));
    }
  }

  private static Facts facts(JsonNode device, Instant now) {
    JsonNode presence = device.path("presence");
    JsonNode health = device.path("health");
    Facts facts =
        new Facts()
            .add("Name", Cell.of(device.path("name")))
            .add("Id", Cell.of(device.path("id")))
            .add("Status", Cell.status(presence(device)))
            .add("Since", Cell.time(presence.path("since"), now))
            .add("Reason", Cell.of(presence.path("reason")))
            .add("Last seen", Cell.time(device.path("last_seen"), now, "never"))
            .add("Approval", Cell.of(device.path("approval")))
            .add("Condition", Cell.of(device.path("condition")))
            .add("Tags", Cell.of(device.path("tags")))
            .add("Type", Cell.of(device.path("device_type")))
            .add("Hostname", Cell.of(device.path("hostname")))
            .add("Address", Cell.of(device.path("ip")))
            .add("Platform", Cell.of(device.path("platform")))
            .add("Architecture", Cell.of(device.path("architecture")))
            .add("OS version", Cell.of(device.path("os_version")))
            .add("Agent", Cell.of(device.path("agent_version")))
            .add("Capabilities", Cell.of(device.path("capabilities")))
            .add("Policy", policy(device.path("policy")))
            .add("Enrolled", Cell.time(device.path("created_at"), now));
    if (health.isObject()) {
      facts
          .add("Uptime", uptime(health.path("uptime_seconds")))
          .add("CPU", Cell.percent(health.path("cpu_percent")))
          .add("Memory", Cell.percent(health.path("memory_percent")))
          .add("Disk", Cell.percent(health.path("disk_percent")))
          .add("Load", Cell.of(health.path("load_average")));
    }
    return facts;
  }

  /// In one line; its rules are in the JSON.
  private static Cell policy(JsonNode policy) {
    return switch (policy.path("state").asText()) {
      case "in_force" -> Cell.of("in force for " + String.join(", ", names(policy.path("rules"))));
      case "broken" -> Cell.of("broken, all work is refused: " + policy.path("problem").asText());
      default -> Cell.of(policy.path("state"));
    };
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static Cell uptime(JsonNode seconds) {
    return seconds.isNumber()
        ? new Cell(seconds.asText(), Times.coarse(Duration.ofSeconds(seconds.asLong())), 0)
        : Cell.of("");
  }

  /// For people only, and only for those who may see commands.
  private static void lastCommands(Session session, String deviceId) {
    ObjectNode answer;
    try {
      Query query = new Query().add("device", deviceId);
      answer = session.api().list("/v1/commands", query, "commands", 5);
    } catch (ApiException e) {
      if (e.status() == 403) {
        return;
      }
      throw e;
    }
    if (!answer.path("commands").isEmpty()) {
      session.output().print("\nLast commands\n");
      session.output().table(answer, () -> CommandCommands.table(answer, session));
    }
  }

  @Command(
      name = "set",
      header = "Rename a device, or change its tags.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster device set web-1 --name web-2",
        "  muster device set web-1 --tag prod --tag munich  (no others)",
        "  muster device set web-1 --add-tag canary --remove-tag lab",
        "  muster device set web-1 --no-tags"
      })
  static final class Change implements Runnable {
    @Parameters(paramLabel = "<name or id>", description = "The device.")
    private String name = "";

    @Option(names = "--name", paramLabel = "<name>", description = "The new name.")
    private @Nullable String newName;

    @Option(names = "--tag", paramLabel = "<tag>", description = "Replace all tags; repeatable.")
    private List<String> tags = new ArrayList<>();

    @Option(names = "--add-tag", paramLabel = "<tag>", description = "Add a tag; repeatable.")
    private List<String> added = new ArrayList<>();

    @Option(
        names = "--remove-tag",
        paramLabel = "<tag>",
        description = "Take a tag off; repeatable.")
    private List<String> removed = new ArrayList<>();

    @Option(names = "--no-tags", description = "Take all tags off.")
    private boolean noTags;

    private final Session session;

    Change(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      boolean replaces = noTags || !tags.isEmpty();
      boolean amends = !added.isEmpty() || !removed.isEmpty();
      if (newName == null && !replaces && !amends) {
        throw new Failure(Exit.USAGE, "nothing to change; give --name or tags");
      }
      if ((replaces && amends) || (noTags && !tags.isEmpty())) {
        throw new Failure(
            Exit.USAGE, "--tag, --no-tags and --add-tag/--remove-tag exclude each other");
      }
      JsonNode device = new DeviceNames(session.api()).resolve(name);
      ObjectNode change = Json.object();
      if (newName != null) {
        change.put("name", newName);
      }
      if (replaces) {
        change.set("tags", Json.array(tags));
      } else if (amends) {
        change.set("tags", Json.array(amended(device)));
      }
      JsonNode changed = session.api().patch(DeviceNames.path(device), change);
      session
          .output()
          .done(
              changed,
              Json.text(changed, "name")
                  + " has the tags "
                  + Cell.of(changed.path("tags")).brief());
    }

    private Set<String> amended(JsonNode device) {
      Set<String> amended = new LinkedHashSet<>();
      device.path("tags").forEach(tag -> amended.add(tag.asText()));
      amended.addAll(added);
      removed.forEach(amended::remove);
      return amended;
    }
  }

  @Command(
      name = "delete",
      header = "Delete a device; its credential is dead at once.",
      description = {"", "Its connection is cut. To come back, it must be enrolled again.", ""},
      sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<name or id>", description = "The device.")
    private String name = "";

    @Option(
        names = {"-y", "--yes"},
        description = "Do not ask.")
    private boolean yes;

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode device = new DeviceNames(session.api()).resolve(name);
      String id = Json.text(device, "id");
      String what = Json.text(device, "name") + " (" + id + ")";
      new Confirm(session.terminal())
          .orStop("Delete " + what + ", which is " + presence(device) + "?", yes);
      session.api().delete(DeviceNames.path(device));
      session.output().done(Json.object().put("deleted", id), what + " is deleted");
    }
  }
}
