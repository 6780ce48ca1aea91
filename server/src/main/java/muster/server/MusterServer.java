package muster.server;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.ClientAddressSource;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import muster.account.Keys;
import muster.api.agents.AgentsSocket;
import muster.api.device.DeviceApi;
import muster.api.fleetd.DeviceEventSocket;
import muster.api.fleetd.FleetdServices;
import muster.api.fleetd.MetricSocket;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.api.kvmfleet.KvmFleetSocket;
import muster.api.snippbot.SnippbotFaults;
import muster.auth.Caller;
import muster.auth.Token;
import muster.backup.DataDirectory;
import muster.deploy.Deploys;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.ConnectionsPerAddress;
import muster.http.ProtocolErrors;
import muster.http.Route;
import muster.http.RouteTable;
import muster.http.SilentConnections;
import muster.http.StrictHeads;
import muster.http.TrustedProxies;
import muster.link.Elapsed;
import muster.socket.RemoteSockets;
import muster.store.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: the store is open, the port is bound. Closing it tells devices to come back,
/// lets requests finish and stores what is left.
public final class MusterServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MusterServer.class);
  private static final Duration HEADER_PATIENCE = Duration.ofSeconds(10);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final int MAX_HEADERS = 16 * 1024;
  private static final int MAX_REQUEST_LINE = 8 * 1024;

  /// Of HTTP/2: requests at once, and requests given up within 10 s, of one connection. Browsers
  /// and curl stay far below; an attacker that gives up all (CVE-2023-44487) does not.
  private static final int MAX_STREAMS = 128;

  private static final int MAX_RESETS = 200;
  private static final int RESETS_WINDOW_SECONDS = 10;

  private final Config config;
  private final DataDirectory directory;
  private final Wiring wiring;
  private final Ticker ticker = new Ticker("ticker");

  /// The end of an hour may take seconds, in which leases must not wait.
  private final Ticker sampling = new Ticker("samples");

  private final Deploys deploys;
  private final RouteTable routes;
  private final FleetdServices fleetd;
  private final Server http;
  private final int port;
  private final Optional<Keys.Created> firstKey;
  private long seconds;

  private MusterServer(
      Config config,
      InstantSource clock,
      Elapsed elapsed,
      Optional<Token> adminKey,
      Consumer<StoreException> onDeath) {
    this.config = config;
    this.directory = DataDirectory.open(config.data());
    try {
      this.wiring = new Wiring(config, directory, clock, elapsed, onDeath);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    wiring.links.recover();
    wiring.transfers.recover();
    wiring.shelf.sweep();
    this.port = config.server().port() == 0 ? freePort() : config.server().port();
    this.deploys = wiring.deploys(port);
    this.fleetd = wiring.fleetd();
    this.routes = wiring.routes(port, deploys);
    this.http = http();
    try {
      http.start().join();
    } catch (CompletionException e) {
      wiring.events.close();
      wiring.telemetryStore.close();
      wiring.database.close();
      wiring.auditAnchor.close();
      directory.close();
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "can't listen on %s port %d: %s".formatted(config.server().bind(), port, rootMessage(e)));
    }
    // Last of what can fail: a key that is made and not shown is lost.
    this.firstKey = wiring.keys.bootstrap(adminKey);
    record("server.start");
    schedule();
    log.info("listening on {} port {}", config.server().bind(), port);
  }

  /// Starts a server.
  ///
  /// @param adminKey the first administrator's key, made beforehand; absent = a random one
  /// @throws Fault UNAVAILABLE when the data directory or the port is in use
  public static MusterServer start(Config config, InstantSource clock, Optional<Token> adminKey) {
    return start(config, clock, System::nanoTime, adminKey);
  }

  /// Starts a server whose time passes as `elapsed` says, for tests that move it.
  public static MusterServer start(
      Config config, InstantSource clock, Elapsed elapsed, Optional<Token> adminKey) {
    return new MusterServer(config, clock, elapsed, adminKey, failure -> {});
  }

  /// @param onDeath is told when the store has failed for good: nothing but a new start helps
  public static MusterServer start(
      Config config,
      InstantSource clock,
      Optional<Token> adminKey,
      Consumer<StoreException> onDeath) {
    return new MusterServer(config, clock, System::nanoTime, adminKey, onDeath);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String rootMessage(Throwable problem) {
    Throwable root = problem;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private Server http() {
    TrustedProxies proxies = config.server().trustedProxies();
    ConnectionsPerAddress connections =
        new ConnectionsPerAddress(config.limits().connectionsPerAddress(), proxies, wiring.meters);
    ServerBuilder server =
        Server.builder()
            .port(
                new InetSocketAddress(config.server().bind(), port),
                SessionProtocol.HTTP,
                SessionProtocol.HTTPS)
            .bossGroupFactory(Acceptors::named)
            .tls(wiring.ca.serverKey(), wiring.ca.serverChain())
            .tlsCustomizer(tls ->
                tls.clientAuth(ClientAuth.OPTIONAL).trustManager(wiring.ca.forDevices().trust()))
            .maxNumConnections(config.server().maxConnections())
            .http1MaxHeaderSize(MAX_HEADERS)
            .http1MaxInitialLineLength(MAX_REQUEST_LINE)
            .http2MaxHeaderListSize(MAX_HEADERS)
            .idleTimeout(Duration.ofSeconds(60))
            .http2MaxStreamsPerConnection(MAX_STREAMS)
            .http2MaxResetFramesPerWindow(MAX_RESETS, RESETS_WINDOW_SECONDS)
            .clientAddressSources(ClientAddressSource.ofHeader(HttpHeaderNames.X_FORWARDED_FOR))
            .clientAddressTrustedProxyFilter(proxies::contains)
            .clientAddressMapper(proxies::client)
            .childChannelPipelineCustomizer(pipeline -> {
              pipeline.addFirst(wiring.gate.guard());
              pipeline.addLast(new SilentConnections(HEADER_PATIENCE));
              pipeline.addLast(new StrictHeads());
              connections.admit(pipeline.channel());
            })
            // The pipeline has waited for what is under way.
            .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
            .meterRegistry(wiring.meters)
            .disableServerHeader()
            // What is our mistake the pipeline logs; what is the client's mistake nobody need read.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .errorHandler(new ProtocolErrors(Wiring.dialectOfPath()));
    fleetd.bind(server);
    routes.bind(server);
    server.service(DeviceApi.PATH, wiring.deviceApi().socket());
    server.service(KvmFleetSocket.PATH, wiring.kvmFleetSocket().service());
    server.service(AgentsSocket.PATH, wiring.agentsSocket().service());
    server.service(RemoteSockets.PERSONS, wiring.remoteSockets.persons(new SnippbotFaults()));
    server.service(RemoteSockets.DEVICES, wiring.remoteSockets.devices(new KvmFleetFaults()));
    server.service(DeviceEventSocket.PATH, wiring.deviceEventSocket());
    server.service(MetricSocket.PATH, wiring.metricSocket());
    return server.build();
  }

  private void schedule() {
    ticker.onPause(wiring.links::moveLeases);
    ticker.every(TICK, "presence", wiring.links::tick);
    ticker.every(Duration.ofSeconds(1), "commands", wiring.deliveries::tick);
    ticker.every(Duration.ofSeconds(1), "campaigns", wiring.campaigns::tick);
    ticker.every(Duration.ofSeconds(1), "deployments", wiring.deployments::tick);
    ticker.every(Duration.ofSeconds(1), "webhooks", wiring.webhooks::tick);
    sampling.every(Duration.ofSeconds(1), "samples", wiring.telemetry::tick);
    ticker.every(Duration.ofSeconds(1), "transfers", wiring.handovers::tick);
    ticker.every(Duration.ofMinutes(1), "contents of transfers", wiring.transfers::sweep);
    ticker.every(Duration.ofMinutes(1), "contents of binaries", wiring.shelf::sweep);
    ticker.every(Duration.ofSeconds(1), "remote sessions", wiring.remotes::tick);
    ticker.every(
        Duration.ofSeconds(1),
        "pings",
        () -> {
          wiring.sockets.tick(seconds);
          wiring.guests.tick(seconds++);
        });
    ticker.every(Duration.ofMinutes(1), "credentials", wiring.credentials::tidy);
    ticker.every(Duration.ofMinutes(10), "enrolment tokens", wiring.enrollments::tidy);
    ticker.every(Duration.ofMinutes(10), "pairing codes", wiring.pairings::tidy);
    ticker.every(Duration.ofSeconds(1), "the audit log's head", wiring.auditAnchor::sync);
    Duration kept = Duration.ofDays(config.retention().commandDays());
    ticker.every(Duration.ofHours(1), "connection history", wiring.connections::tidy);
    ticker.every(Duration.ofHours(1), "transfer history", () -> wiring.transfers.tidy(kept));
    // Campaigns first: their accounts are made of commands.
    ticker.every(Duration.ofHours(1), "campaigns", () -> wiring.campaigns.tidy(kept));
    ticker.every(Duration.ofHours(1), "deployments", () -> wiring.deployments.tidy(kept));
    ticker.every(Duration.ofHours(1), "command history", () -> wiring.commands.tidy(kept));
    Duration recorded = Duration.ofDays(config.remote().recordingDays());
    ticker.every(Duration.ofHours(1), "recordings", () -> wiring.recordings.tidy(recorded));
    Duration measured = Duration.ofDays(config.retention().sampleDays());
    sampling.every(Duration.ofHours(1), "old samples", () -> wiring.telemetry.tidy(measured));
    Duration heard = Duration.ofDays(config.retention().eventDays());
    ticker.every(Duration.ofHours(1), "events", () -> wiring.events.tidy(heard));
    ticker.every(Duration.ofHours(1), "webhooks", () -> wiring.webhooks.tidy(heard));
  }

  /// A server whose disk is full starts and stops all the same.
  private void record(String action) {
    try {
      wiring.audit.record(Caller.SERVER, action, "server", Map.of("version", Version.TEXT));
    } catch (Fault | StoreException e) {
      log.warn("{} is not on the audit log: {}", action, e.getMessage());
    }
  }

  public int port() {
    return port;
  }

  /// The first administrator's key, when this start made it.
  public Optional<Keys.Created> firstKey() {
    return firstKey;
  }

  /// All routes, for tests that walk them.
  public List<Route> routes() {
    return routes.routes();
  }

  /// All methods of services, for tests that walk them.
  public List<Route> rpcs() {
    return fleetd.routes();
  }

  /// How many logs devices read for viewers.
  public int logFeeds() {
    return wiring.logs.feeds();
  }

  Wiring wiring() {
    return wiring;
  }

  @Override
  public void close() {
    Duration patience = Duration.ofSeconds(config.server().shutdownSeconds());
    Stream.<Runnable>of(
            wiring.pipeline::stop,
            ticker::close,
            sampling::close,
            // While there is a store: what they made is taken back, here and on the machines.
            () -> deploys.stop(patience),
            wiring.commands::endWaits,
            wiring.campaigns::endWaits,
            wiring.transfers::endWaits,
            wiring.remotes::closeAll,
            wiring.logs::closeAll,
            wiring.metrics::closeAll,
            wiring.eventStreams::closeAll,
            wiring.guests::closeAll,
            wiring.links::closeAll,
            () -> wiring.pipeline.awaitAnswers(patience),
            () -> http.stop().join(),
            wiring.courier::close,
            () -> record("server.stop"),
            wiring.credentials::tidy,
            wiring.events::close,
            wiring.telemetry::tick,
            wiring.telemetryStore::close,
            wiring.database::close,
            wiring.auditAnchor::close,
            directory::close)
        .forEach(MusterServer::orGoOn);
    log.info("stopped");
  }

  /// A store that takes no writes must not keep the server from ending in order.
  private static void orGoOn(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      log.warn("while stopping: {}", e.toString());
    }
  }
}
