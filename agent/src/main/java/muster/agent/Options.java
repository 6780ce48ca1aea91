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
/// @param device whose key the token is, to adopt it
/// @param tags wished for, perhaps none
/// @param caPin whom to trust over TLS; empty means the system's authorities
/// @param invitation where to pair and with what; empty for other commands
/// @param hardwareId instead of the host's own
/// @param acceptFingerprint pair with whatever key the server shows
/// @param force enrol or pair although there is a credential
/// @param allowPlaintext send secrets in clear to other machines
record Options(
    Command command,
    Optional<Path> state,
    Optional<ServerAddress> server,
    Optional<String> token,
    Optional<Path> tokenFile,
    Optional<String> device,
    Optional<String> name,
    List<String> tags,
    Optional<CaPin> caPin,
    Optional<Invitation> invitation,
    boolean acceptFingerprint,
    Optional<String> hardwareId,
    boolean force,
    boolean allowPlaintext) {

  enum Command {
    ENROLL,
    PAIR,
    ADOPT,
    RUN,
    STATUS,
    VERSION,
    HELP
  }

  /// Refuses to send secrets in clear to another machine, unless that is allowed.
  void checkPlaintext(ServerAddress address) throws UsageException {
    if (!ServerAddress.safe(address.base()) && !allowPlaintext) {
      throw new UsageException(
          address
              + ": would send secrets in clear to another machine (use https, or"
              + " --allow-plaintext if you trust everybody on the way)");
    }
  }

  /// Without the secret.
  @Override
  public String toString() {
    return command + " " + server;
  }
}
