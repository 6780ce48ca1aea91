package muster.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import muster.account.Keys;
import muster.auth.Caller;
import muster.device.Device;
import muster.enrollment.Enrollments;

/// `muster up`: a server, an agent on this machine as a process of its own, a profile for the
/// command line, and a page that says what to do next.
final class Up {
  private static final long ONLINE_MILLIS = 15_000;

  private final Config config;
  private final boolean withAgent;
  private final int simulated;
  private final boolean training;
  private final PrintStream out = System.out;

  /// @param simulated how many virtual devices connect
  Up(Config config, boolean withAgent, int simulated, boolean training) {
    this.config = config.server().publicUrl().isPresent() ? config : withGuessedUrl(config);
    this.withAgent = withAgent;
    this.simulated = simulated;
    this.training = training;
  }

  /// Without a configured URL the install command names this machine's address; there the local
  /// CA's certificate is good, since the command pins its key.
  private static Config withGuessedUrl(Config config) {
    Config.Server server = config.server();
    Optional<String> address =
        isLoopback(server.bind()) || server.port() == 0 ? Optional.empty() : Addresses.primary();
    return address
        .map(host ->
            config.withServer(
                server.withAddress(
                    server.bind(),
                    server.port(),
                    Optional.of(URI.create("https://%s:%d".formatted(host, server.port()))))))
        .orElse(config);
  }

  private static boolean isLoopback(String bind) {
    try {
      return InetAddress.getByName(bind).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  void run() {
    try {
      Files.createDirectories(config.data().resolve("logs"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    LogSetup.apply(Optional.of(config.data().resolve("logs/server.log")), config.log());
    MusterServer server =
        MusterServer.start(
            config, InstantSource.system(), Main.chosenKey(System.getenv()), Main::storeFailed);
    writeProfile(server);
    Optional<LocalAgent> agent =
        withAgent ? Optional.of(LocalAgent.start(config, server)) : Optional.empty();
    Optional<VirtualFleet> fleet =
        simulated > 0
            ? Optional.of(VirtualFleet.start(config, server, simulated))
            : Optional.empty();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  fleet.ifPresent(VirtualFleet::close);
                  agent.ifPresent(LocalAgent::close);
                  server.close();
                  stopped.countDown();
                }));
    Optional<Device> self = agent.flatMap(started -> awaitOnline(server, started));
    welcome(server, agent, self, fleet);
    if (training) {
      Training.run(server.port(), server.firstKey().orElseThrow().token());
      System.exit(0);
    }
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<Device> awaitOnline(MusterServer server, LocalAgent agent) {
    long deadline = System.nanoTime() + ONLINE_MILLIS * 1_000_000;
    while (System.nanoTime() < deadline && agent.isAlive()) {
      Optional<Device> online =
          agent
              .device()
              .filter(id -> server.wiring().links.find(id).isPresent())
              .flatMap(id -> server.wiring().devices.lookUp(Caller.SERVER, id));
      if (online.isPresent()) {
        return online;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// The command line on this machine works without being told anything. Whoever may read the data
  /// directory owns the installation anyway, so a lost profile is made anew with a key of its own.
  /// A profile that names another machine's server is left alone.
  private void writeProfile(MusterServer server) {
    Path file = config.data().resolve("cli.json");
    ObjectMapper mapper = new ObjectMapper();
    try {
      ObjectNode profile = mapper.createObjectNode();
      if (server.firstKey().isEmpty() && Files.exists(file)) {
        if (!(mapper.readTree(Files.readAllBytes(file)) instanceof ObjectNode present)
            || !present.path("server").asText().startsWith("http://127.0.0.1:")) {
          return;
        }
        profile = present;
      } else {
        Keys.Created key = server.firstKey().orElseGet(() -> server.wiring().keys.recover());
        profile.put("token", key.token().text());
        profile.put("ca_pin", "sha256/" + server.wiring().ca.caKeyPin());
      }
      profile.put("server", "http://127.0.0.1:" + server.port());
      Path fresh =
          Files.createTempFile(
              config.data(),
              "cli",
              ".json",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, profile.toPrettyString() + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void welcome(
      MusterServer server,
      Optional<LocalAgent> agent,
      Optional<Device> self,
      Optional<VirtualFleet> fleet) {
    String local = "http://127.0.0.1:" + server.port();
    Optional<String> remote = config.server().publicUrl().map(URI::toString);
    StringBuilder text = new StringBuilder();
    text.append("\nMuster ").append(Version.TEXT).append(" is up. Ctrl-C stops it.\n\n");
    text.append("  Address       ").append(local).append('\n');
    remote.ifPresent(
        url -> text.append("                ").append(url).append("  for other machines\n"));
    text.append("  Data          ").append(config.data()).append('\n');
    self.ifPresent(device ->
        text.append("  This machine  ")
            .append(device.name())
            .append(", ")
            .append(device.id())
            .append(", online\n"));
    if (agent.isPresent() && self.isEmpty()) {
      text.append("  This machine  is not online yet; see ")
          .append(config.data().resolve("logs/agent.log"))
          .append('\n');
    }
    fleet.ifPresent(
        virtual -> text.append("  Simulated     ").append(virtual.description()).append('\n'));
    server
        .firstKey()
        .ifPresent(key ->
            text.append("\nThe administrator's key, shown this once:\n\n  ")
                .append(key.token().text())
                .append('\n'));
    text.append(
        remote
            .map(url ->
                "\nEnrol the next machine by running this there (30 minutes, once):\n\n  "
                    + install(server, url))
            .orElse(
                "\nOther machines can't reach a loopback address; to enrol them start with"
                    + " --public-url https://HOST:"
                    + server.port()));
    text.append("\n\nTry in another terminal:\n\n");
    String name = self.map(Device::name).or(() -> fleet.map(VirtualFleet::example)).orElse("NAME");
    String muster =
        config.data().equals(Config.defaults().data())
            ? "  ./muster "
            : "  MUSTER_HOME=" + config.data() + " ./muster ";
    text.append(muster).append("devices\n");
    text.append(muster).append("exec ").append(name).append(" -- uname -a\n");
    if (self.isPresent()) {
      text.append(muster).append("shell ").append(name).append('\n');
      text.append(muster).append("cp README.md ").append(name).append(":/tmp/\n");
    }
    fleet.ifPresent(virtual ->
        text.append(muster)
            .append("devices --tag simulated --sort -cpu_usage --limit 10\n")
            .append(muster)
            .append("simulate --remove        # deletes the virtual devices\n"));
    text.append(muster).append("token create --name DC1-R3-S8 --tag prod\n");
    out.println(text);
    out.flush();
  }

  private static String install(MusterServer server, String url) {
    Enrollments.Created token =
        server.wiring().enrollments.create(Caller.SERVER, Optional.empty(), List.of());
    return server.wiring().installFiles.command(url, token.token());
  }
}
