package muster.agent.enroll;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.agent.net.ServerAddress;
import muster.agent.state.DurableFile;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// Who this device is to its server, as `credential.json` holds it.
///
/// @param server as the operator gave it
/// @param deviceId the server's id of this device
/// @param authToken the secret; never logged
/// @param name the server's name of this device; empty when it did not say
/// @param caPin whom to trust over TLS; empty means the system's authorities
/// @param allowPlaintext whether the secret may travel in clear to another machine
public record Credential(
    ServerAddress server,
    String deviceId,
    String authToken,
    Optional<String> name,
    Optional<CaPin> caPin,
    boolean allowPlaintext) {

  /// Writes it durably, readable by this user only.
  public void save(Path file) throws IOException {
    JsonObject json =
        JsonObject.builder()
            .put("server", server.toString())
            .put("device_id", deviceId)
            .put("auth_token", authToken)
            .put("name", name)
            .put("ca_pin", caPin.map(CaPin::text))
            .put("allow_plaintext", allowPlaintext)
            .build();
    DurableFile.replace(file, (json + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// Empty when there is no file yet.
  ///
  /// @throws IOException also when the file is not a credential; its content is not quoted
  public static Optional<Credential> load(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonObject json = Json.parseObject(Files.readString(file));
      return Optional.of(
          new Credential(
              ServerAddress.parse(json.string("server")),
              json.string("device_id"),
              json.string("auth_token"),
              json.optString("name"),
              json.optString("ca_pin").map(CaPin::new),
              json.flag("allow_plaintext")));
    } catch (JsonException | IllegalArgumentException e) {
      throw new IOException(file + ": not a credential; enrol again with --force");
    }
  }

  /// Without the secret.
  @Override
  public String toString() {
    return deviceId + " at " + server;
  }
}
