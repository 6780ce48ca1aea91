package muster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import muster.auth.AddressBlock;
import muster.http.Limits;
import muster.server.Config;
import muster.server.MusterServer;
import org.jspecify.annotations.Nullable;

/// A real server in a temporary directory on a free loopback port, and its administrator's key. Can
/// be stopped and started again on the same data and port.
public final class TestMuster implements AutoCloseable {
  private final Path data;
  private final TestClock clock = new TestClock();
  private final UnaryOperator<Config> change;
  private final String adminKey;
  private final int port;
  private Optional<MusterServer> server;

  private TestMuster(UnaryOperator<Config> change) {
    this.change = change;
    try {
      this.data = Files.createTempDirectory("muster-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    MusterServer first = start(0);
    this.adminKey = first.firstKey().orElseThrow().token().text();
    this.port = first.port();
    this.server = Optional.of(first);
  }

  public static TestMuster start() {
    return new TestMuster(UnaryOperator.identity());
  }

  /// A server with some settings changed; `data`, `bind` and `port` are the kit's. Limits are off,
  /// and webhooks may be on this machine, unless `change` sets them.
  public static TestMuster start(UnaryOperator<Config> change) {
    return new TestMuster(change);
  }

  private MusterServer start(int wantedPort) {
    return MusterServer.start(config(wantedPort), clock, clock::nanos, Optional.empty());
  }

  private Config config(int wantedPort) {
    Config defaults = Config.defaults();
    Config.Webhooks loopback =
        new Config.Webhooks(List.of(AddressBlock.parse("127.0.0.0/8"), AddressBlock.parse("::1")));
    Config changed = change.apply(defaults.withLimits(Limits.off()).withWebhooks(loopback));
    Config.Server given = changed.server();
    int usual = defaults.server().shutdownSeconds();
    return changed
        .withData(data)
        .withServer(
            new Config.Server(
                "127.0.0.1",
                wantedPort,
                given.publicUrl(),
                given.publicCertificate(),
                given.plaintext(),
                given.maxConnections(),
                given.handshakesPerSecond(),
                given.shutdownSeconds() == usual ? 1 : given.shutdownSeconds(),
                given.trustedProxies()));
  }

  public TestClock clock() {
    return clock;
  }

  public InstantSource instants() {
    return clock;
  }

  public Path data() {
    return data;
  }

  public int port() {
    return port;
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// The owner's key made at first start.
  public String adminKey() {
    return adminKey;
  }

  public MusterServer server() {
    return server.orElseThrow();
  }

  /// A client with the administrator's key.
  public TestClient admin() {
    return client(adminKey);
  }

  /// A client that shows no credential.
  public TestClient anonymous() {
    return new TestClient(url(), Optional.empty());
  }

  public TestClient client(String token) {
    return new TestClient(url(), Optional.of(token));
  }

  /// A client with a new API key of that role.
  public TestClient withRole(String role) {
    return withKey(Map.of("name", role, "role", role));
  }

  /// A client with a new API key made of that body of `POST /api/auth/keys`.
  public TestClient withKey(Map<String, ?> body) {
    return client(admin().post("/api/auth/keys", body).expect(201).text("key"));
  }

  /// A new enrolment token.
  public String enrollmentToken() {
    return admin().post("/v1/devices/enrollment", Map.of()).expect(200).text("token");
  }

  /// A device that is enrolled and not connected.
  public FakeDevice enroll(String name) {
    return FakeDevice.enroll(this, name);
  }

  /// A device that waits for approval.
  public FakeDevice pair(String name) {
    return FakeDevice.pair(this, name);
  }

  /// Stops the server as a planned restart does, and starts it again.
  public void restart() {
    stop();
    startAgain();
  }

  public void stop() {
    server().close();
    server = Optional.empty();
  }

  public void startAgain() {
    server = Optional.of(start(port));
  }

  @Override
  public void close() {
    server.ifPresent(MusterServer::close);
    try {
      Files.walkFileTree(
          data,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException problem)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
