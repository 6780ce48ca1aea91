package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Who works from here: `login` and `logout`, which write the profile.
final class AccountCommands {
  private AccountCommands() {}

  @Command(
      name = "login",
      header = "Log in, and remember the server for the commands to come.",
      description = {
        "",
        "Writes the profile, $MUSTER_HOME/cli.json (else ~/.muster/cli.json), readable only"
            + " by you. A session lasts 24 hours; for programs make a key: muster key create.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster login --server https://muster.example:18781 --ca-pin sha256/...",
        "  pass show muster | muster login --username anna --password-stdin"
      })
  static final class Login implements Runnable {
    @Option(
        names = {"-u", "--username"},
        paramLabel = "<name>",
        description = "Asked for when it is missing.")
    private @Nullable String username;

    @Option(names = "--password-stdin", description = "Read the password from stdin, one line.")
    private boolean passwordStdin;

    private final Session session;

    Login(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      Connection connection = session.connection();
      if (inTheClear(connection.server())) {
        session.output().note("warning: the password travels unencrypted; prefer https://");
      }
      Confirm person = new Confirm(session.terminal());
      String user = username == null ? askName(person) : username;
      String password = person.password("Password: ", passwordStdin);
      Connection stranger =
          new Connection(connection.server(), Optional.empty(), connection.caPin());
      JsonNode answer = login(new Api(stranger), user, password);
      String server = connection.server().toString();
      new Profile(server, Optional.of(Json.text(answer, "token")), connection.caPin())
          .write(Profile.file(session.terminal()));
      ObjectNode shown = Json.object().put("server", server);
      for (String field : new String[] {"username", "role", "expires_at"}) {
        shown.set(field, answer.path(field));
      }
      session
          .output()
          .done(
              shown,
              "logged in to " + server + " as " + user + " (" + Json.text(answer, "role") + ")");
    }

    private String askName(Confirm person) {
      if (!session.terminal().inIsTerminal()) {
        throw new Failure(Exit.USAGE, "who? give --username");
      }
      return person.line("Username: ");
    }

    private static JsonNode login(Api api, String user, String password) {
      try {
        return api.post(
            "/api/login", Json.object().put("username", user).put("password", password));
      } catch (ApiException e) {
        if (e.status() == 401) {
          throw new Failure(Exit.DENIED, "wrong username or password", e);
        }
        throw e;
      }
    }

    private static boolean inTheClear(URI server) {
      if ("https".equalsIgnoreCase(server.getScheme())) {
        return false;
      }
      try {
        return !InetAddress.getByName(server.getHost()).isLoopbackAddress();
      } catch (UnknownHostException nowhere) {
        return false;
      }
    }
  }

  @Command(
      name = "logout",
      header = "End the session and forget it; the server stays known.",
      description = {"", "An API key is only forgotten here; muster key delete ends it.", ""},
      sortOptions = false)
  static final class Logout implements Runnable {
    private final Session session;

    Logout(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      Path file = Profile.file(session.terminal());
      Profile profile =
          Profile.read(file)
              .filter(p -> p.token().isPresent())
              .orElseThrow(() -> new Failure(Exit.DENIED, "not logged in"));
      Connection connection =
          new Connection(Connection.server(profile.server()), profile.token(), profile.caPin());
      if (profile.token().orElseThrow().startsWith("sess_")) {
        end(new Api(connection));
      }
      new Profile(profile.server(), Optional.empty(), profile.caPin()).write(file);
      session
          .output()
          .done(Json.object().put("server", profile.server()), "logged out of " + profile.server());
    }

    /// A session that the server has ended already is ended.
    private static void end(Api api) {
      try {
        api.post("/api/logout", Json.object());
      } catch (ApiException e) {
        if (e.status() != 401) {
          throw e;
        }
      }
    }
  }
}
