package muster.agent;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import muster.agent.Invitation.Transport;
import muster.agent.enroll.Credential;
import muster.agent.enroll.RefusedException;
import muster.agent.enroll.Registration;
import muster.agent.exec.Programs;
import muster.agent.facts.HostFacts;
import muster.agent.log.Log;
import muster.agent.net.CaPin;
import muster.agent.net.Clients;
import muster.agent.net.FirstContact;
import muster.agent.net.ServerAddress;
import muster.agent.policy.PolicyFile;
import muster.agent.state.StateDir;
import muster.agent.tool.Tools;
import muster.wire.ClaimReply;
import muster.wire.ClaimRequest;
import muster.wire.FieldException;

/// From a pairing code to a credential on disk. The code is not sent before it is known to whom:
/// over TLS the server has the pinned key, or one that a person has compared, or a certificate that
/// this machine trusts anyway; in clear it goes to this machine only, unless that was allowed.
final class Pairing {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

  private final Options options;
  private final Invitation invitation;
  private final StateDir state;
  private final Person person;
  private final Log log;

  /// What came of it.
  record Paired(Credential credential, boolean isApproved) {}

  private record Target(ServerAddress address, Optional<CaPin> pin) {}

  Pairing(Options options, StateDir state, Person person, Log log) throws UsageException {
    this.options = options;
    this.invitation =
        options
            .invitation()
            .orElseThrow(() ->
                new UsageException(
                    "--host is missing (expected: --host and --code, or the QR's address)"));
    this.state = state;
    this.person = person;
    this.log = log;
  }

  /// @param attempts how often to ask the server at most
  Paired pair(int attempts)
      throws UsageException, IOException, RefusedException, InterruptedException {
    ClaimRequest request = request();
    Target target = target();
    HttpClient http = Clients.create(target.pin(), CONNECT_WITHIN);
    ClaimReply reply =
        new Registration(
                http, log, wait -> TimeUnit.NANOSECONDS.sleep(wait.toNanos()), new Random())
            .claim(target.address(), request, attempts);
    Credential credential =
        new Credential(
            target.address(),
            reply.deviceId(),
            reply.token(),
            reply.name(),
            target.pin(),
            options.allowPlaintext());
    credential.save(state.credential());
    return new Paired(credential, reply.isApproved());
  }

  private ClaimRequest request() throws UsageException, IOException {
    HostFacts facts = new HostFacts(Path.of("/"));
    try {
      return new ClaimRequest(
          invitation.code(),
          invitation.secret(),
          Optional.of(HardwareId.of(options.hardwareId(), state)),
          Optional.empty(),
          options.name().or(facts::hostname),
          options.tags(),
          Tools.allowedBy(
              new PolicyFile(state.path(), log).get(),
              Tools.of(program -> Programs.ofSystem(program).isPresent())),
          facts.read(Version.TEXT));
    } catch (FieldException e) {
      throw new UsageException(Log.reason(e));
    }
  }

  private Target target() throws UsageException, IOException {
    ServerAddress secure = invitation.address(Transport.TLS);
    if (invitation.transport().equals(Optional.of(Transport.PLAIN))) {
      return inClear();
    }
    if (invitation.pin().isPresent()) {
      return new Target(secure, invitation.pin());
    }
    FirstContact contact = FirstContact.with(secure, CONNECT_WITHIN);
    if (contact instanceof FirstContact.Unknown unknown) {
      requireRightKey(unknown.pin());
      return new Target(secure, Optional.of(unknown.pin()));
    }
    if (contact instanceof FirstContact.OtherName other) {
      throw new IOException(
          secure
              + ": its certificate is for other names: "
              + String.join(", ", other.names())
              + " (expected: --host with one of them)");
    }
    if (contact instanceof FirstContact.Plain) {
      if (invitation.transport().isPresent()) {
        throw new IOException(secure + ": no TLS there");
      }
      return inClear();
    }
    return new Target(secure, Optional.empty());
  }

  private Target inClear() throws UsageException {
    ServerAddress plain = invitation.address(Transport.PLAIN);
    options.checkPlaintext(plain);
    return new Target(plain, Optional.empty());
  }

  private void requireRightKey(CaPin pin) throws UsageException, IOException {
    if (options.acceptFingerprint()) {
      log.warn("trusting the key " + pin + " that the server shows, as --accept-fingerprint says");
      return;
    }
    Optional<Boolean> agreed =
        person.agrees(
            "The server at "
                + invitation
                + " shows a key with the fingerprint\n\n  "
                + pin
                + "\n\nIs that the one that 'muster pair' shows? [y/N] ");
    if (agreed.isEmpty()) {
      throw new UsageException(
          "the server shows a key with the fingerprint "
              + pin
              + " and there is nobody to compare it (expected: --pin with the one that 'muster pair'"
              + " shows, or --accept-fingerprint)");
    }
    if (!agreed.get()) {
      throw new IOException("not paired: the key's fingerprint was not confirmed");
    }
  }
}
