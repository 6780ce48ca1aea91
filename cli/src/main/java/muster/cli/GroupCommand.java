package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Groups of devices: `group list`, `show`, `create`, `delete`, `add`, `remove` and `exec`.
@Command(
    name = "group",
    header = "Put devices together, and run commands on all of them.",
    synopsisSubcommandLabel = "(list | show | create | delete | add | remove | exec)",
    subcommands = {
      GroupCommand.All.class,
      GroupCommand.Show.class,
      GroupCommand.Create.class,
      GroupCommand.Delete.class,
      GroupCommand.Add.class,
      GroupCommand.Remove.class,
      GroupCommand.Exec.class
    })
final class GroupCommand {
  private static final String PATH = "/api/device-groups";

  private GroupCommand() {}

  /// By id, else by its exact name.
  private static JsonNode resolve(Session session, String nameOrId) {
    for (JsonNode group : session.api().get(PATH).path("groups")) {
      if (Json.text(group, "id").equals(nameOrId) || Json.text(group, "name").equals(nameOrId)) {
        return group;
      }
    }
    throw new Failure(Exit.NOT_FOUND, "no group " + nameOrId);
  }

  private static String path(JsonNode group) {
    return PATH + "/" + Query.encoded(Json.text(group, "id"));
  }

  @Command(name = "list", header = "List the groups.", sortOptions = false)
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
      Table table = new Table("NAME", "DEVICES", "DESCRIPTION", "ID").keep("ID");
      for (JsonNode group : answer.path("groups")) {
        table.row(
            Cell.of(group.path("name")),
            Cell.of(group.path("device_count")),
            Cell.of(group.path("description")),
            Cell.of(group.path("id")));
      }
      return table;
    }
  }

  @Command(name = "show", header = "List the members of a group.", sortOptions = false)
  static final class Show implements Runnable {
    @Parameters(paramLabel = "<group>", description = "The group's name or id.")
    private String name = "";

    private final Session session;

    Show(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode group = session.api().get(path(resolve(session, name)));
      session.output().table(group, () -> table(group));
    }

    private static Table table(JsonNode group) {
      Table table = new Table("NAME", "STATUS", "APPROVAL", "ID").keep("ID");
      for (JsonNode member : group.path("members")) {
        table.row(
            Cell.of(member.path("name")),
            Cell.status(member.path("online").asBoolean() ? "online" : "offline"),
            Cell.of(member.path("status")),
            Cell.of(member.path("id")));
      }
      return table;
    }
  }

  @Command(name = "create", header = "Make a group.", sortOptions = false)
  static final class Create implements Runnable {
    @Parameters(paramLabel = "<name>", description = "What it is called; no two alike.")
    private String name = "";

    @Option(names = "--description", paramLabel = "<text>", description = "What it is for.")
    private @Nullable String description;

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode body = Json.object().put("name", name);
      if (description != null) {
        body.put("description", description);
      }
      JsonNode group = session.api().post(PATH, body);
      session.output().value(group, Json.text(group, "id"));
    }
  }

  @Command(name = "delete", header = "Delete a group; its devices stay.", sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<group>", description = "The group's name or id.")
    private String name = "";

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode group = resolve(session, name);
      session.api().delete(path(group));
      session
          .output()
          .done(Json.object().put("deleted", Json.text(group, "id")), name + " is deleted");
    }
  }

  private abstract static class Membership implements Runnable {
    @Parameters(index = "0", paramLabel = "<group>", description = "The group's name or id.")
    private String name = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "<device>",
        description = "Names or ids of devices.")
    private List<String> devices = new ArrayList<>();

    private final Session session;

    Membership(Session session) {
      this.session = session;
    }

    abstract void change(Api api, String member);

    abstract String done();

    @Override
    public void run() {
      JsonNode group = resolve(session, name);
      DeviceNames names = new DeviceNames(session.api());
      for (String given : devices) {
        JsonNode device = names.resolve(given);
        String id = Json.text(device, "id");
        change(session.api(), path(group) + "/members/" + Query.encoded(id));
        session
            .output()
            .done(
                Json.object().put("device_id", id),
                Json.text(device, "name") + " is " + done() + " " + Json.text(group, "name"));
      }
    }
  }

  @Command(name = "add", header = "Put devices into a group.", sortOptions = false)
  static final class Add extends Membership {
    Add(Session session) {
      super(session);
    }

    @Override
    void change(Api api, String member) {
      api.post(member, Json.object());
    }

    @Override
    String done() {
      return "in";
    }
  }

  @Command(name = "remove", header = "Take devices out of a group.", sortOptions = false)
  static final class Remove extends Membership {
    Remove(Session session) {
      super(session);
    }

    @Override
    void change(Api api, String member) {
      api.delete(member);
    }

    @Override
    String done() {
      return "no longer in";
    }
  }

  @Command(
      name = "exec",
      header = "Run a command on all members that are online.",
      description = {"", "Started as it stands, without a shell. 1 when any of them fails.", ""},
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {"  muster group exec kiosks --parallel 10 -- systemctl restart browser"})
  static final class Exec implements Callable<Integer> {
    private static final Duration ASKED_EVERY = Duration.ofMillis(500);

    @Parameters(index = "0", paramLabel = "<group>", description = "The group's name or id.")
    private String name = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "<command>",
        description = "The command and its arguments.")
    private List<String> argv = new ArrayList<>();

    @Option(
        names = "--timeout",
        paramLabel = "<time>",
        defaultValue = "300",
        description = "How long each may run: 300, 5m, 1h at most. Default: ${DEFAULT-VALUE} s.")
    private String timeout = "";

    @Option(
        names = "--parallel",
        paramLabel = "<n>",
        defaultValue = "50",
        description = "So many devices at a time. Default: ${DEFAULT-VALUE}.")
    private int parallel;

    private final Session session;

    Exec(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
      JsonNode group = session.api().get(path(resolve(session, name)));
      ObjectNode body = Json.object().put("tool", "bash").put("parallel", parallel);
      body.set("args", Json.object().set("argv", Json.array(argv)));
      body.put("timeout", Times.duration("--timeout", timeout).toSeconds());
      JsonNode begun = session.api().postAsync(path(group) + "/execute", body);
      String poll = path(group) + "/executions/" + Json.text(begun, "execution_id");
      JsonNode state = begun;
      while (Json.text(state, "status").equals("running")) {
        Thread.sleep(ASKED_EVERY);
        state = session.api().get(poll + "?results=none");
      }
      JsonNode end = session.api().get(poll);
      session.output().table(end, () -> table(group, end));
      return end.path("failed").asInt() == 0 ? Exit.OK : Exit.FAILURE;
    }

    private static Table table(JsonNode group, JsonNode end) {
      Map<String, String> names = new HashMap<>();
      for (JsonNode member : group.path("members")) {
        names.put(Json.text(member, "id"), Json.text(member, "name"));
      }
      Table table = new Table("DEVICE", "STATUS", "EXIT", "LAST LINE");
      for (JsonNode part : end.path("results")) {
        String id = Json.text(part, "device_id");
        ObjectNode row = Json.object().put("name", names.getOrDefault(id, id));
        row.put("line", lastLine(part));
        table.row(
            Cell.of(row.path("name")),
            Cell.status(Json.text(part, "status")),
            Cell.of(part.path("exit_code")),
            Cell.of(row.path("line")));
      }
      return table;
    }

    private static String lastLine(JsonNode part) {
      String output = part.path("output").asText("").strip();
      return output.isEmpty()
          ? part.path("error").asText("")
          : output.substring(output.lastIndexOf('\n') + 1);
    }
  }
}
