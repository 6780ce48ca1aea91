package muster.server;

import com.linecorp.armeria.server.HttpService;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import muster.account.Credentials;
import muster.account.Jwts;
import muster.account.Keys;
import muster.account.ScopeParser;
import muster.account.Users;
import muster.api.account.AccountApi;
import muster.api.account.AccountFaults;
import muster.api.account.JwtApi;
import muster.api.agentbot.AgentbotApi;
import muster.api.agents.AgentsApi;
import muster.api.agents.AgentsCommands;
import muster.api.agents.AgentsFaults;
import muster.api.agents.AgentsFiles;
import muster.api.agents.AgentsReports;
import muster.api.agents.AgentsSocket;
import muster.api.agents.AgentsStreams;
import muster.api.agents.DeployApi;
import muster.api.agents.LogEvents;
import muster.api.agents.ProvisionApi;
import muster.api.device.DeviceApi;
import muster.api.device.DeviceCertificateApi;
import muster.api.device.DeviceTransferApi;
import muster.api.fleetd.DeviceEventSocket;
import muster.api.fleetd.FleetdAnalytics;
import muster.api.fleetd.FleetdBinaries;
import muster.api.fleetd.FleetdDevices;
import muster.api.fleetd.FleetdFaults;
import muster.api.fleetd.FleetdServices;
import muster.api.fleetd.FleetdUpdates;
import muster.api.fleetd.InstallReports;
import muster.api.fleetd.MetricSocket;
import muster.api.kvmfleet.InstallFiles;
import muster.api.kvmfleet.KvmFleetApi;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.api.kvmfleet.KvmFleetSocket;
import muster.api.muster.BackupApi;
import muster.api.muster.BinaryApi;
import muster.api.muster.ConnectionApi;
import muster.api.muster.DoctorApi;
import muster.api.muster.EventApi;
import muster.api.muster.HealthApi;
import muster.api.muster.MusterApi;
import muster.api.muster.RemoteApi;
import muster.api.muster.TransferApi;
import muster.api.muster.UploadApi;
import muster.api.muster.WebhookApi;
import muster.api.snippbot.PairingApi;
import muster.api.snippbot.SharedDeviceList;
import muster.api.snippbot.SnippbotCapabilities;
import muster.api.snippbot.SnippbotDevices;
import muster.api.snippbot.SnippbotExecutions;
import muster.api.snippbot.SnippbotFaults;
import muster.api.snippbot.SnippbotGroups;
import muster.api.snippbot.SnippbotRemote;
import muster.api.snippbot.SnippbotRouting;
import muster.api.snippbot.SnippbotTransfers;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.backup.Backups;
import muster.backup.DataDirectory;
import muster.binary.Binaries;
import muster.binary.Shelf;
import muster.binary.Uploads;
import muster.campaign.Campaigns;
import muster.checkin.Checkins;
import muster.checkin.Reports;
import muster.command.Commands;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.deploy.Deploys;
import muster.deploy.SshHosts;
import muster.device.Approvals;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.doctor.ServerExamination;
import muster.enrollment.Certificates;
import muster.enrollment.Enrollments;
import muster.enrollment.Intake;
import muster.enrollment.Provisions;
import muster.event.Event;
import muster.event.Events;
import muster.group.Groups;
import muster.health.FleetHealth;
import muster.http.Bypass;
import muster.http.Debugging;
import muster.http.Denials;
import muster.http.Dialect;
import muster.http.LogContext;
import muster.http.Pipeline;
import muster.http.PublicUrl;
import muster.http.Route;
import muster.http.RouteTable;
import muster.jwt.JwtIssuers;
import muster.jwt.OwnIssuer;
import muster.jwt.SigningKeys;
import muster.link.Connections;
import muster.link.Elapsed;
import muster.link.Links;
import muster.link.Returning;
import muster.outbound.Destinations;
import muster.outbound.HttpCourier;
import muster.page.CursorCodec;
import muster.pairing.Pairings;
import muster.remote.Recordings;
import muster.remote.RemoteSessions;
import muster.routing.Routing;
import muster.socket.DeviceSockets;
import muster.socket.Guests;
import muster.socket.OwnPages;
import muster.socket.PeopleSockets;
import muster.socket.RemoteSockets;
import muster.ssh.JschHosts;
import muster.store.AuditAnchorFile;
import muster.store.FileBlobStore;
import muster.store.RecordingFiles;
import muster.store.SqlAuditStore;
import muster.store.SqlBinaryStore;
import muster.store.SqlCampaignStore;
import muster.store.SqlCommandStore;
import muster.store.SqlConnectionStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlDeploymentStore;
import muster.store.SqlDeviceStore;
import muster.store.SqlEnrollmentStore;
import muster.store.SqlEventStore;
import muster.store.SqlGroupStore;
import muster.store.SqlPairingStore;
import muster.store.SqlPreferenceStore;
import muster.store.SqlReportStore;
import muster.store.SqlSettings;
import muster.store.SqlTelemetryStore;
import muster.store.SqlTransferStore;
import muster.store.SqlUpdateStore;
import muster.store.SqlUserStore;
import muster.store.SqlWebhookStore;
import muster.store.SqliteDatabase;
import muster.store.StoreException;
import muster.store.StoreOptions;
import muster.store.Vault;
import muster.stream.EventStreams;
import muster.stream.LogStreams;
import muster.stream.MetricStreams;
import muster.telemetry.Metrics;
import muster.telemetry.Telemetry;
import muster.tls.LocalCa;
import muster.transfer.Handovers;
import muster.transfer.TransferBook;
import muster.transfer.TransferLimits;
import muster.transfer.Transfers;
import muster.update.DeploymentProgress;
import muster.update.Deployments;
import muster.update.UpdateAssignments;
import muster.update.Updates;
import muster.webhook.Webhooks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the server is made of, in the order in which the parts need each other.
final class Wiring {
  private static final Logger log = LoggerFactory.getLogger(Wiring.class);
  private static final int READERS = 4;
  private static final Duration CURSOR_LIFE = Duration.ofHours(24);

  final SqliteDatabase database;
  final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final Events events;
  final Credentials credentials;
  final Keys keys;
  final Users users;
  final AuditAnchorFile auditAnchor;
  final SqlTelemetryStore telemetryStore;
  final Telemetry telemetry;
  private final Metrics measured;
  final Audit audit;
  final Backups backups;
  final Devices devices;
  final Approvals approvals;
  final Connections connections;
  private final FleetHealth fleetHealth;
  final Links links;
  final Enrollments enrollments;
  final Provisions provisions;
  final Certificates certificates;
  final Pairings pairings;
  final Commands commands;
  final Deliveries deliveries;
  final Groups groups;
  final Campaigns campaigns;
  final Routing routing;
  final Handovers handovers;
  final Transfers transfers;
  final Shelf shelf;
  final Binaries binaries;
  final Uploads uploads;
  final Updates updates;
  private final DeploymentProgress progress;
  final Deployments deployments;
  final Webhooks webhooks;
  private final Destinations destinations;
  final HttpCourier courier;
  final Recordings recordings;
  final RemoteSessions remotes;
  final LogStreams logs;
  final MetricStreams metrics;
  final EventStreams eventStreams;
  final Checkins checkins;
  final Reports reports;
  final LocalCa ca;
  final SigningKeys jwtKeys;
  final Jwts jwts;
  final InstallFiles installFiles;
  final Pipeline pipeline;
  final AcceptGate gate;
  final DeviceSockets sockets;
  final Guests guests;
  private final PeopleSockets people;
  final RemoteSockets remoteSockets;
  final Meters gauges;

  private final Config config;
  private final InstantSource clock;
  private final Elapsed elapsed;
  private final SqlDeviceStore deviceStore;

  Wiring(
      Config config,
      DataDirectory directory,
      InstantSource clock,
      Elapsed elapsed,
      Consumer<StoreException> onDeath) {
    this.config = config;
    this.clock = clock;
    this.elapsed = elapsed;
    database =
        SqliteDatabase.open(
            StoreOptions.of(DataDirectory.store(config.data()), READERS)
                .withMaxBytes((long) config.store().maxMegabytes() << 20)
                .onDeath(onDeath));
    SqlCredentialStore credentialStore = new SqlCredentialStore(database);
    SqlUserStore userStore = new SqlUserStore(database);
    deviceStore = new SqlDeviceStore(database);
    SqlCommandStore commandStore = new SqlCommandStore(database);
    ScopeParser scopes = DeviceFields::scope;

    events =
        new Events(
            database,
            new SqlEventStore(database),
            clock,
            thread("events-"),
            Wiring::subscriberFailed);
    auditAnchor = AuditAnchorFile.open(AuditAnchorFile.in(config.data()));
    audit = new Audit(database, new SqlAuditStore(database), auditAnchor, clock);
    audit.checkAnchor().ifPresent(log::error);
    backups = new Backups(database, directory, audit, Version.TEXT, clock);
    credentials = new Credentials(database, credentialStore, userStore, scopes, clock);
    keys = new Keys(database, credentialStore, credentials, scopes, audit, clock);
    users =
        new Users(
            database, userStore, credentialStore, credentials, new Argon2Passwords(), audit, clock);
    devices = new Devices(database, deviceStore, credentials, events, audit, cursorCodec(), clock);
    approvals = new Approvals(database, devices, deviceStore, credentials, events, audit, clock);
    SqlConnectionStore connectionStore = new SqlConnectionStore(database);
    connections = new Connections(database, connectionStore, devices, clock);
    fleetHealth = new FleetHealth(devices, connectionStore, clock);
    Duration window = Duration.ofSeconds(config.device().reconnectSeconds());
    Returning returning = new Returning(config.server().admitRate(), window);
    links =
        new Links(
            database,
            deviceStore,
            connectionStore,
            events,
            clock,
            elapsed,
            returning,
            thread("deliver-"));
    Intake intake = new Intake(deviceStore, credentials, events, audit, clock);
    enrollments = new Enrollments(database, new SqlEnrollmentStore(database), intake, audit, clock);
    provisions = new Provisions(database, deviceStore, intake, credentials, clock);
    Executions executions = new Executions(database, commandStore, events, clock);
    executions.meterWith(new CommandMeters(meters));
    deliveries =
        new Deliveries(database, commandStore, devices, links, credentials, executions, clock);
    commands =
        new Commands(
            database,
            commandStore,
            devices,
            credentials,
            executions,
            deliveries,
            events,
            audit,
            clock);
    groups = new Groups(database, new SqlGroupStore(database), devices, audit, clock);
    campaigns =
        new Campaigns(
            database,
            new SqlCampaignStore(database),
            groups,
            devices,
            commands,
            credentials,
            events,
            audit,
            clock,
            thread("campaign-"));
    routing =
        new Routing(
            database, new SqlPreferenceStore(database), devices, groups, commands, audit, clock);
    TransferLimits files =
        TransferLimits.of(
            config.transfers().maxBytes(), Duration.ofHours(config.transfers().keptHours()));
    TransferBook book =
        new TransferBook(
            database,
            new SqlTransferStore(database),
            FileBlobStore.open(DataDirectory.spool(config.data()), config.transfers().spoolBytes()),
            devices,
            credentials,
            events,
            clock);
    handovers = new Handovers(database, book, links, files, clock);
    transfers =
        new Transfers(database, book, handovers, devices, credentials, files, events, audit, clock);
    SqlBinaryStore binaryStore = new SqlBinaryStore(database);
    shelf =
        new Shelf(
            database,
            binaryStore,
            binaryStore,
            FileBlobStore.open(
                DataDirectory.binaries(config.data()), config.binaries().storeBytes()),
            credentials,
            audit,
            clock,
            config.binaries().maxBytes());
    SqlUpdateStore updateStore = new SqlUpdateStore(database);
    SqlDeploymentStore deploymentStore = new SqlDeploymentStore(database);
    binaries =
        new Binaries(
            shelf, new UpdateAssignments(updateStore, deploymentStore), credentials, cursorCodec());
    updates = new Updates(database, updateStore, binaryStore, events, audit, cursorCodec(), clock);
    InstallReports reportsOfInstalls = new InstallReports();
    progress =
        new DeploymentProgress(
            database,
            deploymentStore,
            updateStore,
            devices,
            commands,
            cursorCodec(),
            reportsOfInstalls);
    deployments =
        new Deployments(
            database,
            deploymentStore,
            updateStore,
            devices,
            commands,
            credentials,
            events,
            audit,
            progress,
            reportsOfInstalls,
            clock,
            thread("deployment-"));
    uploads = new Uploads(database, shelf, credentials, audit, clock);
    recordings =
        new Recordings(
            new RecordingFiles(config.data().resolve("recordings")),
            audit,
            clock,
            elapsed,
            config.remote().record());
    remotes =
        new RemoteSessions(
            database,
            devices,
            links,
            credentials,
            events,
            recordings,
            audit,
            clock,
            elapsed,
            Duration.ofMinutes(config.remote().idleMinutes()));
    logs = new LogStreams(database, devices, links, credentials, events, audit, new LogEvents());
    eventStreams = new EventStreams(devices, credentials, links, events, clock);
    telemetryStore = new SqlTelemetryStore(DataDirectory.samples(config.data()));
    telemetry = new Telemetry(telemetryStore, () -> devices.count(Caller.SERVER).online(), clock);
    telemetry.follow(links, events);
    measured = new Metrics(telemetry, devices, clock);
    metrics =
        new MetricStreams(
            devices,
            links,
            credentials,
            events,
            clock,
            Duration.ofSeconds(config.device().heartbeatSeconds()));
    checkins =
        new Checkins(
            database,
            deviceStore,
            credentials,
            links,
            deliveries,
            executions,
            events,
            audit,
            clock);
    reports =
        new Reports(
            database,
            deviceStore,
            new SqlReportStore(database),
            links,
            checkins,
            deliveries,
            executions);

    ca =
        LocalCa.open(
            DataDirectory.tls(config.data()),
            Addresses.names(config.server().publicUrl().map(URI::getHost)),
            clock.instant());
    destinations = new Destinations(config.webhooks().allow());
    courier = new HttpCourier(destinations, clock);
    webhooks =
        new Webhooks(
            database,
            new SqlWebhookStore(database, new Vault(ca.derived("webhooks"))),
            deviceStore,
            events,
            courier,
            audit,
            cursorCodec(),
            clock,
            thread("webhook-"));
    certificates =
        new Certificates(database, provisions, credentials, ca.forDevices(), audit, clock);
    jwtKeys = SigningKeys.open(DataDirectory.jwtKeys(config.data()), clock.instant());
    OwnIssuer own =
        new OwnIssuer(
            config.server().publicUrl().map(URI::toString).orElse("urn:muster:" + ca.caKeyPin()),
            jwtKeys);
    jwts = new Jwts(database, credentialStore, own, audit, clock);
    credentials.accept(new JwtIssuers(own, config.issuers(), clock));
    pairings =
        new Pairings(
            database,
            new SqlPairingStore(database),
            ca.derived("pairing"),
            config.device().autoApprove(),
            intake,
            events,
            audit,
            clock);
    installFiles = new InstallFiles(ca, config.server().publicCertificate());
    pipeline =
        new Pipeline(
            credentials,
            new Denials(audit, clock),
            new Bypass(audit, clock),
            config.limits(),
            config.server().plaintext(),
            clock,
            meters);
    gate =
        new AcceptGate(
            config.server().admitRate(),
            List.of(DeviceApi.PATH, KvmFleetSocket.PATH, AgentsSocket.PATH),
            meters);
    pipeline.onPerson(gate::letIn);
    sockets = new DeviceSockets(checkins, pipeline, config.limits(), clock);
    guests = new Guests(pipeline);
    people =
        new PeopleSockets(
            pipeline,
            guests,
            new OwnPages(config.server().publicUrl(), config.rpc().corsOrigins()));
    remoteSockets =
        new RemoteSockets(
            remotes,
            credentials,
            checkins,
            pipeline,
            guests,
            new OwnPages(config.server().publicUrl(), List.of()));
    gauges = new Meters(meters, database, devices, links, events, backups, clock);
  }

  private static void subscriberFailed(Event event, RuntimeException problem) {
    try (LogContext.Scope scope = event.device().map(LogContext::ofDevice).orElse(() -> {})) {
      log.error("a subscriber failed on {} {}", event.type(), event.seq(), problem);
    }
  }

  private static Executor thread(String name) {
    return task -> Thread.ofVirtual().name(name, 0).start(task);
  }

  private CursorCodec cursorCodec() {
    byte[] key =
        new SqlSettings(database)
            .getOrCreate(
                "cursor_key",
                () -> {
                  byte[] random = new byte[32];
                  new SecureRandom().nextBytes(random);
                  return random;
                });
    return new CursorCodec(key, clock, CURSOR_LIFE);
  }

  HttpService deviceEventSocket() {
    return people.service(
        DeviceEventSocket.PATH,
        DeviceEventSocket.NEEDED,
        new FleetdFaults(),
        new DeviceEventSocket(eventStreams, credentials));
  }

  HttpService metricSocket() {
    return people.service(
        MetricSocket.PATH,
        MetricSocket.NEEDED,
        new FleetdFaults(),
        new MetricSocket(measured, credentials, clock));
  }

  FleetdServices fleetd() {
    return new FleetdServices(
        new FleetdDevices(
            devices,
            groups,
            provisions,
            enrollments,
            certificates,
            reports,
            eventStreams,
            progress,
            clock,
            config.device().heartbeatSeconds()),
        new FleetdBinaries(binaries),
        new FleetdUpdates(updates, deployments, progress),
        new FleetdAnalytics(fleetHealth, measured),
        pipeline,
        new Debugging(config.rpc().debug(), audit, clock),
        config.rpc().reflection(),
        config.rpc().corsOrigins());
  }

  /// The dialects' routes, now that the port is known.
  RouteTable routes(int port, Deploys deploys) {
    PublicUrl publicUrl = new PublicUrl(config.server().publicUrl(), port);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new KvmFleetApi(devices, enrollments, publicUrl, installFiles, clock).routes());
    routes.addAll(new AccountApi(users, keys).routes());
    routes.addAll(new JwtApi(jwts, jwtKeys.published(), new KvmFleetFaults()).routes());
    routes.addAll(new PairingApi(pairings, publicUrl, caPin(), clock).routes());
    routes.addAll(
        new MusterApi(
                commands,
                audit,
                devices,
                publicUrl,
                new MusterApi.ServerFacts(Version.TEXT, clock.instant(), ca.caKeyPin()))
            .routes());
    routes.addAll(new ConnectionApi(connections).routes());
    routes.addAll(new EventApi(eventStreams).routes());
    routes.addAll(new TransferApi(transfers).routes());
    routes.addAll(new BinaryApi(binaries).routes());
    routes.addAll(new WebhookApi(webhooks, destinations).routes());
    routes.addAll(new UploadApi(uploads).routes());
    routes.addAll(new SnippbotTransfers(transfers).routes());
    routes.addAll(new DeviceTransferApi(handovers).routes());
    routes.addAll(new DeviceCertificateApi(certificates).routes());
    SnippbotExecutions executions = new SnippbotExecutions(commands, clock);
    routes.addAll(new SharedDeviceList(devices, clock).routes());
    routes.addAll(new SnippbotDevices(devices, approvals, groups, executions, clock).routes());
    routes.addAll(new SnippbotCapabilities(devices, connections).routes());
    routes.addAll(executions.routes());
    routes.addAll(new SnippbotGroups(groups, campaigns, executions, clock).routes());
    routes.addAll(new SnippbotRouting(routing, executions).routes());
    routes.addAll(new SnippbotRemote(remotes).routes());
    routes.addAll(new RemoteApi(remotes, recordings).routes());
    routes.addAll(new AgentbotApi(devices, approvals).routes());
    routes.addAll(new AgentsApi(devices, reports, clock).routes());
    routes.addAll(new AgentsCommands(commands).routes());
    routes.addAll(new AgentsReports(reports, clock, config.device().heartbeatSeconds()).routes());
    routes.addAll(new ProvisionApi(provisions, installFiles, publicUrl).routes());
    routes.addAll(new DeployApi(deploys).routes());
    routes.addAll(new AgentsFiles(transfers).routes());
    routes.addAll(new AgentsStreams(logs, metrics).routes());
    routes.addAll(new BackupApi(backups).routes());
    ServerExamination examination =
        new ServerExamination(
            database, backups, audit, config.data(), config.server().maxConnections(), clock);
    routes.addAll(new DoctorApi(examination, Version.TEXT, clock).routes());
    routes.addAll(new HealthApi(database::check, gauges::scrape).routes());
    return new RouteTable(routes, pipeline, dialectOfPath());
  }

  /// @param port that this server listens on
  Deploys deploys(int port) {
    Path ssh = DataDirectory.ssh(config.data());
    SshHosts hosts =
        new JschHosts(
            config.deploy().sshKeys().orElse(ssh.resolve("keys")),
            ssh.resolve("known_hosts"),
            DataDirectory.server(config.data()));
    return new Deploys(
        hosts,
        installFiles,
        new PublicUrl(config.server().publicUrl(), port)::local,
        provisions,
        devices,
        deviceStore,
        links,
        events,
        audit,
        elapsed);
  }

  /// What agents pin; absent where the public URL shows a certificate that they trust anyway.
  private Optional<String> caPin() {
    return config.server().publicUrl().isPresent() && config.server().publicCertificate()
        ? Optional.empty()
        : Optional.of("sha256/" + ca.caKeyPin());
  }

  /// Whose form an error has where no route says so (C06).
  static Function<String, Dialect> dialectOfPath() {
    Dialect kvmFleet = new KvmFleetFaults();
    Dialect account = new AccountFaults();
    Dialect snippbot = new SnippbotFaults();
    Dialect agents = new AgentsFaults();
    Dialect fleetd = new FleetdFaults();
    return path -> {
      if (path.startsWith("/fleetd.")) {
        return fleetd;
      }
      if (path.startsWith("/api/device")) {
        return snippbot;
      }
      if (path.startsWith("/api/agent")) {
        return agents;
      }
      return path.startsWith("/api/") ? account : kvmFleet;
    };
  }

  KvmFleetSocket kvmFleetSocket() {
    return new KvmFleetSocket(sockets, checkins, clock);
  }

  AgentsSocket agentsSocket() {
    return new AgentsSocket(sockets, checkins, remotes, pipeline.threads());
  }

  DeviceApi deviceApi() {
    return new DeviceApi(
        sockets,
        checkins,
        pipeline.threads(),
        clock,
        config.device().heartbeatSeconds(),
        handovers,
        metrics);
  }
}
