package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The server and this program: `status` and `version`; `up`, `serve`, `simulate` and `restore` are
/// named here for the help, the script `muster` hands them to their own programs.
final class ServerCommands {
  private ServerCommands() {}

  private static Failure elsewhere(String name) {
    return new Failure(Exit.USAGE, name + " is a program of its own; run it as ./muster " + name);
  }

  @Command(name = "up", header = "Start a server here and enroll this machine.")
  static final class Up implements Runnable {
    @SuppressWarnings("unused")
    @Parameters(arity = "0..*", hidden = true)
    private List<String> rest = new ArrayList<>();

    @Override
    public void run() {
      throw elsewhere("up");
    }
  }

  @Command(name = "serve", header = "Start the server alone.")
  static final class Serve implements Runnable {
    @SuppressWarnings("unused")
    @Parameters(arity = "0..*", hidden = true)
    private List<String> rest = new ArrayList<>();

    @Override
    public void run() {
      throw elsewhere("serve");
    }
  }

  @Command(name = "simulate", header = "Run virtual devices against a server.")
  static final class Simulate implements Runnable {
    @SuppressWarnings("unused")
    @Parameters(arity = "0..*", hidden = true)
    private List<String> rest = new ArrayList<>();

    @Override
    public void run() {
      throw elsewhere("simulate");
    }
  }

  @Command(name = "restore", header = "Put a backup back in place; the server is stopped.")
  static final class Restore implements Runnable {
    @SuppressWarnings("unused")
    @Parameters(arity = "0..*", hidden = true)
    private List<String> rest = new ArrayList<>();

    @Override
    public void run() {
      throw elsewhere("restore");
    }
  }

  @Command(
      name = "status",
      header = "Show the server, the size of the fleet, and who you are.",
      sortOptions = false)
  static final class Status implements Runnable {
    private final Session session;

    Status(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode answer = Json.object();
      answer.set("server", session.api().get("/v1/server"));
      answer.set("me", session.api().get("/api/me"));
      session.output().facts(answer, () -> facts(answer.path("server"), answer.path("me")));
    }

    private Facts facts(JsonNode server, JsonNode me) {
      String username = Json.text(me, "username");
      return new Facts()
          .add("Server", Cell.of(session.api().server().toString()))
          .add("Public URL", Cell.of(server.path("public_url")))
          .add("Version", Cell.of(server.path("version")))
          .add("Started", Cell.time(server.path("started_at"), session.terminal().now()))
          .add("Devices", Cell.of(server.path("devices")))
          .add("Online", Cell.of(server.path("online")))
          .add("You are", Cell.of(username.isEmpty() ? Json.text(me, "name") : username))
          .add("Role", Cell.of(me.path("role")))
          .add("Scope", Cell.of(me.path("scope")));
    }
  }

  @Command(name = "version", header = "Print the version of this program.", sortOptions = false)
  static final class Version implements Runnable {
    private final Session session;

    Version(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      session
          .output()
          .value(Json.object().put("version", Muster.version()), "muster " + Muster.version());
    }
  }
}
