package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Groups of devices: `group list`, `show`, `create`, `delete`, `add`, `remove`; `exec` and
/// `execution` are in [GroupExecCommands].
@Command(
    name = "group",
    header = "Put devices together, and run commands on all of them.",
    synopsisSubcommandLabel = "<command>",
    subcommands = {
      GroupCommand.All.class,
      GroupCommand.Show.class,
      GroupCommand.Create.class,
      GroupCommand.Delete.class,
      GroupCommand.Add.class,
      GroupCommand.Remove.class,
      GroupExecCommands.Exec.class,
      GroupExecCommands.One.class
    })
final class GroupCommand {
  private GroupCommand() {}

  @Command(name = "list", header = "List the groups.", sortOptions = false)
  static final class All implements Runnable {
    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer = session.api().get(GroupName.PATH);
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
    @Mixin private final GroupName name = new GroupName();

    private final Session session;

    Show(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode group = GroupName.whole(session.api(), name.resolve(session.api()));
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
      JsonNode group = session.api().post(GroupName.PATH, body);
      session.output().value(group, Json.text(group, "id"));
    }
  }

  @Command(name = "delete", header = "Delete a group; its devices stay.", sortOptions = false)
  static final class Delete implements Runnable {
    @Mixin private final GroupName name = new GroupName();

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode group = name.resolve(session.api());
      session.api().delete(GroupName.path(group));
      session
          .output()
          .done(
              Json.object().put("deleted", Json.text(group, "id")),
              Json.text(group, "name") + " is deleted");
    }
  }

  private abstract static class Membership implements Runnable {
    @Mixin private final GroupName name = new GroupName();

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
      JsonNode group = name.resolve(session.api());
      DeviceNames names = new DeviceNames(session.api());
      for (String given : devices) {
        JsonNode device = names.resolve(given);
        String id = Json.text(device, "id");
        change(session.api(), GroupName.path(group) + "/members/" + Query.encoded(id));
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
}
