package muster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/// The server this machine's operator works with, `$MUSTER_HOME/cli.json`, mode 0600. `muster up`
/// and `muster login` write it.
///
/// @param server base address, as in `http://127.0.0.1:18781`
/// @param token an API key or a session
/// @param caPin `sha256/` and the base64 of the SHA-256 of a CA's SubjectPublicKeyInfo
record Profile(String server, Optional<String> token, Optional<String> caPin) {

  static Path file(Terminal terminal) {
    return terminal
        .env("MUSTER_HOME")
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".muster"))
        .resolve("cli.json");
  }

  /// Empty when there is no file.
  static Optional<Profile> read(Path file) {
    try {
      JsonNode json = Json.read(Files.readAllBytes(file));
      String server = Json.text(json, "server");
      if (server.isEmpty()) {
        throw new Failure(Exit.USAGE, file + ": no \"server\" in it; write it anew: muster login");
      }
      return Optional.of(new Profile(server, field(json, "token"), field(json, "ca_pin")));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new Failure(Exit.USAGE, file + " is not JSON; write it anew: muster login", e);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Optional<String> field(JsonNode json, String name) {
    return Optional.of(Json.text(json, name)).filter(text -> !text.isEmpty());
  }

  /// Replaces the file as a whole; the token is never in a file that others can read.
  void write(Path file) {
    ObjectNode json = Json.object().put("server", server);
    token.ifPresent(t -> json.put("token", t));
    caPin.ifPresent(pin -> json.put("ca_pin", pin));
    try {
      Path folder = file.toAbsolutePath().normalize().getParent();
      if (folder == null) {
        throw new IOException("not a file name");
      }
      Files.createDirectories(folder);
      Path fresh =
          Files.createTempFile(
              folder,
              "cli",
              ".json",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, Json.indented(json) + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
