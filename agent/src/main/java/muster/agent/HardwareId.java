package muster.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import muster.agent.facts.Identity;
import muster.agent.state.DurableFile;
import muster.agent.state.StateDir;

/// What this machine calls itself.
final class HardwareId {
  private HardwareId() {}

  /// A machine without any number of its own gets one that stays with the state directory.
  ///
  /// @param given on the command line
  static String of(Optional<String> given, StateDir state) throws IOException {
    Optional<String> known = given.or(() -> new Identity(Path.of("/")).hardwareId());
    if (known.isPresent()) {
      return known.get();
    }
    Path file = state.path().resolve("hardware-id");
    if (!Files.exists(file)) {
      DurableFile.replace(file, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
    }
    return Files.readString(file).strip();
  }
}
