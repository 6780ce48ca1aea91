package muster.cli;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// One run of the program: the options that every command takes, and what follows from them. Made
/// once and handed to the command's constructor.
final class Session {
  @Option(
      names = "--server",
      paramLabel = "<url>",
      scope = ScopeType.INHERIT,
      description = "The server. Else $MUSTER_SERVER, else the profile.")
  private @Nullable String server;

  @Option(
      names = "--token",
      paramLabel = "<token>",
      scope = ScopeType.INHERIT,
      description = "Key or session; seen by others in the process list: prefer $MUSTER_TOKEN.")
  private @Nullable String token;

  @Option(
      names = "--ca-pin",
      paramLabel = "<pin>",
      scope = ScopeType.INHERIT,
      description = "Trust the CA with this key, sha256/... Else $MUSTER_CA_PIN.")
  private @Nullable String caPin;

  @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print the server's JSON.")
  private boolean json;

  private final Terminal terminal;
  private @Nullable Api api;

  Session(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  Output output() {
    return new Output(terminal, json);
  }

  /// The server, as somebody it should know.
  Api api() {
    if (api == null) {
      Connection connection = connection();
      if (connection.token().isEmpty()) {
        throw new Failure(
            Exit.DENIED, "not logged in to " + connection.server() + "; log in with: muster login");
      }
      api = new Api(connection);
    }
    return api;
  }

  /// Option before environment before profile. The profile's token and pin are for the profile's
  /// server only: another one must not get to see them.
  Connection connection() {
    Optional<Profile> profile = Profile.read(Profile.file(terminal));
    URI named =
        given(server, "MUSTER_SERVER")
            .or(() -> profile.map(Profile::server))
            .map(Connection::server)
            .orElseThrow(() ->
                new Failure(
                    Exit.USAGE,
                    "no server configured: start one with ./muster up, or muster login"
                        + " --server URL"));
    Optional<Profile> fitting = profile.filter(p -> Connection.server(p.server()).equals(named));
    return new Connection(
        named,
        given(token, "MUSTER_TOKEN").or(() -> fitting.flatMap(Profile::token)),
        given(caPin, "MUSTER_CA_PIN").or(() -> fitting.flatMap(Profile::caPin)));
  }

  private Optional<String> given(@Nullable String option, String variable) {
    return Optional.ofNullable(option).or(() -> terminal.env(variable));
  }
}
