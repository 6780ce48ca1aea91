package muster.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.agent.net.ServerAddress;

/// What the command line asks for.
///
/// @param state the state directory; empty means the user's default
/// @param token the enrolment token itself
/// @param tokenFile a file with the token
/// @param tags wished for, perhaps none
/// @param caPin whom to trust over TLS; empty means the system's authorities
/// @param hardwareId instead of the host's own
/// @param force enrol although there is a credential
/// @param allowPlaintext send secrets in clear to other machines
record Options(
    Command command,
    Optional<Path> state,
    Optional<ServerAddress> server,
    Optional<String> token,
    Optional<Path> tokenFile,
    Optional<String> name,
    List<String> tags,
    Optional<CaPin> caPin,
    Optional<String> hardwareId,
    boolean force,
    boolean allowPlaintext) {

  enum Command {
    ENROLL,
    RUN,
    STATUS,
    VERSION,
    HELP
  }

  /// Without the secret.
  @Override
  public String toString() {
    return command + " " + server;
  }
}
