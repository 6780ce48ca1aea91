package muster.server;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import muster.auth.AddressBlock;
import muster.filter.Filter;
import muster.http.Limits;
import muster.http.TrustedProxies;
import muster.jwt.TrustedIssuer;

/// Everything that can be set. Defaults, comments and the environment's names stand in
/// `examples/muster.yaml`; a test holds that file against this record.
///
/// @param data the one directory with everything that must survive
/// @param issuers whose JWTs are good here besides the server's own
public record Config(
    Path data,
    Server server,
    Device device,
    Store store,
    Transfers transfers,
    Binaries binaries,
    Retention retention,
    Remote remote,
    Deploy deploy,
    Webhooks webhooks,
    Rpc rpc,
    Log log,
    Limits limits,
    List<TrustedIssuer> issuers) {

  /// @param bind the address to listen on
  /// @param port 0..65535; 0 = any free one
  /// @param publicUrl under which other machines reach this server; absent = on this machine only
  /// @param publicCertificate whether the public URL shows a certificate that machines trust anyway
  /// @param plaintext whether plain HTTP is answered to other hosts
  /// @param maxConnections most connections at once
  /// @param handshakesPerSecond most new TLS connections each second; 0 = [#FOR_EACH_PROCESSOR] for
  ///   each processor
  /// @param shutdownSeconds how long requests under way may take when the server stops
  /// @param trustedProxies whose word on a client's address is taken
  public record Server(
      String bind,
      int port,
      Optional<URI> publicUrl,
      boolean publicCertificate,
      boolean plaintext,
      int maxConnections,
      int handshakesPerSecond,
      int shutdownSeconds,
      TrustedProxies trustedProxies) {
    /// A handshake takes about 3 ms of a processor, so this is a third of it.
    private static final int FOR_EACH_PROCESSOR = 100;

    /// How many new TLS connections are let in each second.
    public int admitRate() {
      return handshakesPerSecond > 0
          ? handshakesPerSecond
          : FOR_EACH_PROCESSOR * Runtime.getRuntime().availableProcessors();
    }

    public Server withHandshakes(int newPerSecond) {
      return new Server(
          bind,
          port,
          publicUrl,
          publicCertificate,
          plaintext,
          maxConnections,
          newPerSecond,
          shutdownSeconds,
          trustedProxies);
    }

    public Server withAddress(String newBind, int newPort, Optional<URI> newPublicUrl) {
      return new Server(
          newBind,
          newPort,
          newPublicUrl,
          publicCertificate,
          plaintext,
          maxConnections,
          handshakesPerSecond,
          shutdownSeconds,
          trustedProxies);
    }
  }

  /// @param heartbeatSeconds how often devices send their health
  /// @param reconnectSeconds within which time devices come back after a planned restart
  /// @param autoApprove which paired devices are approved at once; absent = none
  public record Device(int heartbeatSeconds, int reconnectSeconds, Optional<Filter> autoApprove) {}

  /// @param maxMegabytes how large the store may grow, MiB; 0 = as large as the disk allows
  public record Store(int maxMegabytes) {}

  /// @param maxMegabytes of one file, MiB
  /// @param spoolMegabytes of all files on their way, MiB
  /// @param keptHours how long a transfer may take, and how long what came from a device is kept
  public record Transfers(int maxMegabytes, int spoolMegabytes, int keptHours) {
    public long maxBytes() {
      return (long) maxMegabytes << 20;
    }

    public long spoolBytes() {
      return (long) spoolMegabytes << 20;
    }
  }

  /// @param maxMegabytes of one file, MiB
  /// @param storeMegabytes of all files that updates are made of, MiB
  public record Binaries(int maxMegabytes, int storeMegabytes) {
    public long maxBytes() {
      return (long) maxMegabytes << 20;
    }

    public long storeBytes() {
      return (long) storeMegabytes << 20;
    }
  }

  /// @param commandDays how long ended commands and their output are kept
  /// @param eventDays how long events are kept
  /// @param sampleDays how long what devices measured is kept
  public record Retention(int commandDays, int eventDays, int sampleDays) {}

  /// @param idleMinutes after which a session that nobody uses ends
  /// @param record whether terminals are recorded
  /// @param recordingDays how long recordings are kept
  public record Remote(int idleMinutes, boolean record, int recordingDays) {}

  /// @param sshKeys the directory of private keys that `muster deploy` may log in with; absent =
  ///   `ssh/keys` in the data directory
  public record Deploy(Optional<Path> sshKeys) {}

  /// @param allow the addresses besides public ones that webhooks may have
  public record Webhooks(List<AddressBlock> allow) {}

  /// @param reflection whether the schema of the services is told to who asks
  /// @param debug whether `X-Debug` works, for those with the permission
  /// @param corsOrigins from which pages browsers may call; `*` = any
  public record Rpc(boolean reflection, boolean debug, List<String> corsOrigins) {}

  /// @param level least level that is written: ERROR, WARN, INFO, DEBUG or TRACE
  /// @param json one JSON object a line instead of text
  public record Log(String level, boolean json) {}

  public static Config defaults() {
    return new Config(
        Path.of(System.getProperty("user.home"), ".muster"),
        new Server(
            "0.0.0.0", 18781, Optional.empty(), false, false, 30_000, 0, 10, TrustedProxies.none()),
        new Device(15, 10, Optional.empty()),
        new Store(0),
        new Transfers(4096, 16_384, 24),
        new Binaries(4096, 16_384),
        new Retention(30, 30, 14),
        new Remote(30, false, 90),
        new Deploy(Optional.empty()),
        new Webhooks(List.of()),
        new Rpc(true, false, List.of()),
        new Log("INFO", false),
        Limits.defaults(),
        List.of());
  }

  public Config withData(Path newData) {
    return new Config(
        newData, server, device, store, transfers, binaries, retention, remote, deploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withServer(Server newServer) {
    return new Config(
        data, newServer, device, store, transfers, binaries, retention, remote, deploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withDevice(Device newDevice) {
    return new Config(
        data, server, newDevice, store, transfers, binaries, retention, remote, deploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withStore(Store newStore) {
    return new Config(
        data, server, device, newStore, transfers, binaries, retention, remote, deploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withTransfers(Transfers newTransfers) {
    return new Config(
        data,
        server,
        device,
        store,
        newTransfers,
        binaries,
        retention,
        remote,
        deploy,
        webhooks,
        rpc,
        log,
        limits,
        issuers);
  }

  public Config withBinaries(Binaries newBinaries) {
    return new Config(
        data,
        server,
        device,
        store,
        transfers,
        newBinaries,
        retention,
        remote,
        deploy,
        webhooks,
        rpc,
        log,
        limits,
        issuers);
  }

  public Config withRemote(Remote newRemote) {
    return new Config(
        data, server, device, store, transfers, binaries, retention, newRemote, deploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withDeploy(Deploy newDeploy) {
    return new Config(
        data, server, device, store, transfers, binaries, retention, remote, newDeploy, webhooks,
        rpc, log, limits, issuers);
  }

  public Config withWebhooks(Webhooks newWebhooks) {
    return new Config(
        data,
        server,
        device,
        store,
        transfers,
        binaries,
        retention,
        remote,
        deploy,
        newWebhooks,
        rpc,
        log,
        limits,
        issuers);
  }

  public Config withRpc(Rpc newRpc) {
    return new Config(
        data, server, device, store, transfers, binaries, retention, remote, deploy, webhooks,
        newRpc, log, limits, issuers);
  }

  public Config withLimits(Limits newLimits) {
    return new Config(
        data, server, device, store, transfers, binaries, retention, remote, deploy, webhooks, rpc,
        log, newLimits, issuers);
  }

  public Config withIssuers(List<TrustedIssuer> newIssuers) {
    return new Config(
        data,
        server,
        device,
        store,
        transfers,
        binaries,
        retention,
        remote,
        deploy,
        webhooks,
        rpc,
        log,
        limits,
        List.copyOf(newIssuers));
  }
}
