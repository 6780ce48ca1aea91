package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Enrolment: `token create`, `token list`, `token delete`.
@Command(
    name = "token",
    header = "Enroll machines: make, list and delete enrolment tokens.",
    synopsisSubcommandLabel = "(create | list | delete)",
    subcommands = {TokenCommand.Create.class, TokenCommand.All.class, TokenCommand.Delete.class})
final class TokenCommand {
  private static final String PATH = "/v1/devices/enrollment";

  @Command(
      name = "create",
      header = "Make a token and print the install command to paste.",
      description = {"", "It can be used once, within 30 minutes.", ""},
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster token create --name DC1-R3-S8 --tag prod",
        "  muster token create --json | jq -r .token"
      })
  static final class Create implements Runnable {
    @Option(
        names = "--name",
        paramLabel = "<name>",
        description = "What the device will be called.")
    private @Nullable String name;

    @Option(names = "--tag", paramLabel = "<tag>", description = "Give it a tag; repeatable.")
    private List<String> tags = new ArrayList<>();

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode body = Json.object();
      if (name != null) {
        body.put("suggested_name", name);
      }
      if (!tags.isEmpty()) {
        body.set("suggested_tags", Json.array(tags));
      }
      JsonNode token = session.api().post(PATH, body);
      Output output = session.output();
      output.value(token, Json.text(token, "install_cmd"));
      if (!output.asJson()) {
        String expires = Json.text(token, "expires_at");
        output.note(
            "paste it on the machine; good once, until "
                + expires
                + " ("
                + Times.relative(expires, session.terminal().now())
                + ")");
      }
    }
  }

  @Command(name = "list", header = "List the tokens that can still be used.", sortOptions = false)
  static final class All implements Runnable {
    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer = session.api().get(PATH);
      session.output().table(answer, () -> table(answer, session.terminal().now()));
    }

    private static Table table(JsonNode answer, Instant now) {
      Table table = new Table("ID", "NAME", "TAGS", "CREATED", "EXPIRES", "BY").keep("ID");
      for (JsonNode token : answer.path("tokens")) {
        table.row(
            Cell.of(token.path("id")),
            Cell.of(token.path("suggested_name")),
            Cell.of(token.path("suggested_tags")),
            Cell.time(token.path("created_at"), now),
            Cell.time(token.path("expires_at"), now),
            Cell.of(token.path("created_by")));
      }
      return table;
    }
  }

  @Command(
      name = "delete",
      header = "Delete a token: it enrolls nobody any more.",
      sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The token's id, enr_...")
    private String id = "";

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      session.api().delete(PATH + "/" + Query.encoded(id));
      session.output().done(Json.object().put("deleted", id), id + " is deleted");
    }
  }
}
