package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// API keys: `key create`, `key list`, `key delete`.
@Command(
    name = "key",
    header = "Make, list and delete API keys.",
    synopsisSubcommandLabel = "(create | list | delete)",
    subcommands = {KeyCommand.Create.class, KeyCommand.All.class, KeyCommand.Delete.class})
final class KeyCommand {
  private static final String PATH = "/api/auth/keys";

  @Command(
      name = "create",
      header = "Make a key and print it, this once.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster key create --role operator --expires 30d",
        "  muster key create --role viewer --name grafana --scope 'tag:prod'"
      })
  static final class Create implements Runnable {
    @Option(
        names = "--role",
        required = true,
        paramLabel = "<role>",
        description = "viewer, operator, admin or owner; not above your own.")
    private String role = "";

    @Option(names = "--name", paramLabel = "<name>", description = "What it is for.")
    private @Nullable String name;

    @Option(
        names = "--expires",
        paramLabel = "<time>",
        description = "As in 12h, 30d. Default: never.")
    private @Nullable String expires;

    @Option(
        names = "--scope",
        paramLabel = "<filter>",
        description = "See only the devices that match (docs/filter.md).")
    private @Nullable String scope;

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode body = Json.object().put("name", name == null ? role : name).put("role", role);
      if (expires != null) {
        body.put("expires_in_seconds", Times.duration("--expires", expires).toSeconds());
      }
      if (scope != null) {
        body.put("scope", scope);
      }
      JsonNode key = session.api().post(PATH, body);
      Output output = session.output();
      output.value(key, Json.text(key, "key"));
      if (!output.asJson()) {
        output.note("keep it: it is not shown again (" + Json.text(key, "id") + ")");
      }
    }
  }

  @Command(name = "list", header = "List the keys, without the secrets.", sortOptions = false)
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
      Table table =
          new Table("ID", "NAME", "ROLE", "SCOPE", "CREATED", "LAST USED", "EXPIRES").keep("ID");
      for (JsonNode key : answer.path("keys")) {
        table.row(
            Cell.of(key.path("id")),
            Cell.of(key.path("name")),
            Cell.of(key.path("role")),
            Cell.of(key.path("scope")),
            Cell.time(key.path("created_at"), now),
            Cell.time(key.path("last_used_at"), now, "never"),
            Cell.time(key.path("expires_at"), now, "never"));
      }
      return table;
    }
  }

  @Command(
      name = "delete",
      header = "Delete a key: it is refused from then on.",
      sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The key's id, key_...")
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
