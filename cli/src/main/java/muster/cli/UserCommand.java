package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Accounts: `user list`, `user create`, `user set`, `user delete`.
@Command(
    name = "user",
    header = "List, create, change and delete users.",
    synopsisSubcommandLabel = "(list | create | set | delete)",
    subcommands = {
      UserCommand.All.class,
      UserCommand.Create.class,
      UserCommand.Change.class,
      UserCommand.Delete.class
    })
final class UserCommand {
  private static final String PATH = "/api/users";

  private static String path(String username) {
    return PATH + "/" + Query.encoded(username);
  }

  @Command(name = "list", header = "List the users.", sortOptions = false)
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
      Table table = new Table("USERNAME", "ROLE", "STATUS", "CREATED", "LAST LOGIN");
      for (JsonNode user : answer.path("users")) {
        table.row(
            Cell.of(user.path("username")),
            Cell.of(user.path("role")),
            Cell.status(user.path("disabled").asBoolean() ? "disabled" : "enabled"),
            Cell.time(user.path("created_at"), now),
            Cell.time(user.path("last_login_at"), now, "never"));
      }
      return table;
    }
  }

  @Command(
      name = "create",
      header = "Create a user; the password is asked for.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster user create anna --role operator",
        "  pass show muster/anna | muster user create anna --role viewer --password-stdin"
      })
  static final class Create implements Runnable {
    @Parameters(paramLabel = "<username>", description = "The new user.")
    private String username = "";

    @Option(
        names = "--role",
        required = true,
        paramLabel = "<role>",
        description = "viewer, operator, admin or owner; not above your own.")
    private String role = "";

    @Option(names = "--password-stdin", description = "Read the password from stdin, one line.")
    private boolean passwordStdin;

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      String password = new Confirm(session.terminal()).newPassword(passwordStdin);
      JsonNode user =
          session
              .api()
              .post(
                  PATH,
                  Json.object()
                      .put("username", username)
                      .put("password", password)
                      .put("role", role));
      session.output().done(user, username + " is created, as " + role);
    }
  }

  @Command(
      name = "set",
      header = "Change a user's role or password, or lock the user out.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster user set anna --role admin",
        "  muster user set anna --password",
        "  muster user set anna --disable"
      })
  static final class Change implements Runnable {
    @Parameters(paramLabel = "<username>", description = "The user.")
    private String username = "";

    @Option(names = "--role", paramLabel = "<role>", description = "The new role.")
    private @Nullable String role;

    @Option(names = "--password", description = "Ask for a new password.")
    private boolean password;

    @Option(names = "--password-stdin", description = "Read the new password from stdin, one line.")
    private boolean passwordStdin;

    @Option(names = "--disable", description = "Refuse to log the user in.")
    private boolean disable;

    @Option(names = "--enable", description = "Let the user in again.")
    private boolean enable;

    private final Session session;

    Change(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      if (disable && enable) {
        throw new Failure(Exit.USAGE, "--disable and --enable exclude each other");
      }
      ObjectNode change = Json.object();
      if (role != null) {
        change.put("role", role);
      }
      if (disable || enable) {
        change.put("disabled", disable);
      }
      if (password || passwordStdin) {
        change.put("password", new Confirm(session.terminal()).newPassword(passwordStdin));
      }
      if (change.isEmpty()) {
        throw new Failure(
            Exit.USAGE, "nothing to change; give --role, --password, --disable or --enable");
      }
      JsonNode user = session.api().patch(path(username), change);
      session.output().done(user, username + " is changed");
    }
  }

  @Command(name = "delete", header = "Delete a user.", sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<username>", description = "The user.")
    private String username = "";

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
      new Confirm(session.terminal()).orStop("Delete the user " + username + "?", yes);
      session.api().delete(path(username));
      session.output().done(Json.object().put("deleted", username), username + " is deleted");
    }
  }
}
