package muster.agent;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import muster.agent.enroll.Credential;
import muster.agent.enroll.RefusedException;
import muster.agent.enroll.Registration;
import muster.agent.facts.HostFacts;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.net.ServerAddress;
import muster.agent.state.StateDir;
import muster.wire.FieldException;
import muster.wire.RegisterReply;
import muster.wire.RegisterRequest;

/// From a token to a credential on disk: an enrolment token is traded for one, the key of a device
/// that the server has made already is one.
final class Enrollment {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
  private static final Path ROOT = Path.of("/");
  private static final Pattern KEY = Pattern.compile("agt_[A-Za-z0-9]{1,60}_[A-Za-z0-9]{1,60}");
  private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private final Options options;
  private final StateDir state;
  private final Log log;

  Enrollment(Options options, StateDir state, Log log) {
    this.options = options;
    this.state = state;
    this.log = log;
  }

  /// @param attempts how often to ask the server at most
  Credential enroll(int attempts)
      throws UsageException, IOException, RefusedException, InterruptedException {
    ServerAddress server =
        options.server().orElseThrow(() -> new UsageException("--server is missing"));
    options.checkPlaintext(server);
    RegisterRequest request = request();
    HttpClient http = Clients.create(options.caPin(), CONNECT_WITHIN);
    RegisterReply reply =
        new Registration(
                http, log, wait -> TimeUnit.NANOSECONDS.sleep(wait.toNanos()), new Random())
            .register(server, request, attempts);
    Credential credential =
        new Credential(
            server,
            reply.deviceId(),
            reply.authToken(),
            reply.name(),
            options.caPin(),
            options.allowPlaintext());
    credential.save(state.credential());
    deleteUsedToken();
    return credential;
  }

  /// Asks nobody: whether the key is good shows when the agent connects.
  Credential adopt() throws UsageException, IOException {
    ServerAddress server =
        options.server().orElseThrow(() -> new UsageException("--server is missing"));
    options.checkPlaintext(server);
    String device =
        options
            .device()
            .filter(id -> DEVICE.matcher(id).matches())
            .orElseThrow(() -> new UsageException("--device is missing (expected: its id)"));
    String key = token();
    if (!KEY.matcher(key).matches()) {
      throw new UsageException("the token is no device's key (expected: agt_...)");
    }
    Credential credential =
        new Credential(
            server, device, key, options.name(), options.caPin(), options.allowPlaintext());
    credential.save(state.credential());
    deleteUsedToken();
    return credential;
  }

  private RegisterRequest request() throws UsageException, IOException {
    HostFacts facts = new HostFacts(ROOT);
    try {
      return new RegisterRequest(
          token(),
          HardwareId.of(options.hardwareId(), state),
          Optional.of("server"),
          options.name().or(facts::hostname),
          options.tags(),
          facts.read(Version.TEXT));
    } catch (FieldException e) {
      throw new UsageException(Log.reason(e));
    }
  }

  private String token() throws UsageException, IOException {
    if (options.token().isPresent()) {
      return options.token().get();
    }
    Path file =
        options
            .tokenFile()
            .orElseThrow(() ->
                new UsageException(
                    "no token (expected: MUSTER_ENROLL_TOKEN, --token-file or --token)"));
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new IOException(file + ": cannot read the token");
    }
  }

  /// Only what lies in the agent's own directory: other files are somebody else's.
  private void deleteUsedToken() throws IOException {
    Optional<Path> file = options.tokenFile().filter(path -> path.startsWith(state.path()));
    if (file.isPresent()) {
      Files.deleteIfExists(file.get());
    }
  }
}
