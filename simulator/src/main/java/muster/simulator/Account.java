package muster.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.wire.Json;
import muster.wire.JsonObject;

/// Which server, and with whose key: what the command line uses, too (docs/cli.md).
///
/// @param key an administrator's; enrolment needs it
record Account(Endpoint endpoint, String key) {

  /// `$MUSTER_HOME`, or `~/.muster`.
  static Path home(Map<String, String> environment) {
    return Optional.ofNullable(environment.get("MUSTER_HOME"))
        .filter(text -> !text.isBlank())
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".muster"));
  }

  /// @param server the option, if given; a profile's key is used for the profile's server only
  /// @throws IllegalArgumentException when something is missing
  static Account find(Optional<String> server, Map<String, String> environment) {
    Path file = home(environment).resolve("cli.json");
    JsonObject profile = read(file);
    Optional<String> named = server.or(() -> Optional.ofNullable(environment.get("MUSTER_SERVER")));
    boolean ours = named.isEmpty() || named.equals(profile.optString("server"));
    String base =
        named
            .or(() -> profile.optString("server"))
            .orElseThrow(() ->
                new IllegalArgumentException("no server: start one with ./muster up, or --server"));
    String key =
        Optional.ofNullable(environment.get("MUSTER_TOKEN"))
            .or(() -> ours ? profile.optString("token") : Optional.empty())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "no key for %s: set MUSTER_TOKEN to an administrator's".formatted(base)));
    Optional<CaPin> pin =
        Optional.ofNullable(environment.get("MUSTER_CA_PIN"))
            .or(() -> ours ? profile.optString("ca_pin") : Optional.empty())
            .map(CaPin::new);
    return new Account(new Endpoint(URI.create(base), pin), key);
  }

  private static JsonObject read(Path file) {
    try {
      return Files.exists(file) ? Json.parseObject(Files.readString(file)) : JsonObject.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " can't be read", e);
    }
  }

  Api api() {
    return new Api(endpoint, key);
  }
}
