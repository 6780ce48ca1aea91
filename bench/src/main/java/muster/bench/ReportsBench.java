package muster.bench;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import muster.account.Credential;
import muster.auth.Role;
import muster.auth.Token;
import muster.store.SqlCredentialStore;
import muster.store.SqliteDatabase;

/// Reports of devices that hold no connection, in turn, each durable before it is answered:
/// `bench/run reports [DEVICES]`. The first round opens what counts as each device's connection.
final class ReportsBench {
  private static final int CONNECTIONS = 64;
  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final String REPORT =
      """
      {"hostname":"web-01","os":"Ubuntu 24.04","cpu_percent":12.4,"mem_percent":45.0,\
      "disk_percent":62.0,"uptime_s":86400}\
      """;

  /// The same by fleetd's Heartbeat, over Connect.
  private static final String HEARTBEAT =
      """
      {"deviceId":"%s","status":{"state":"ONLINE"},"stats":{"cpuPercent":12.4,"memoryPercent":45.0,\
      "diskPercent":62.0}}\
      """;

  private final int devices;
  private final boolean rpc;
  private final Path work;
  private final List<String> keys;

  private ReportsBench(int devices, boolean rpc, Path work) {
    this.devices = devices;
    this.rpc = rpc;
    this.work = work;
    Path file = work.resolve("data/server/muster.db");
    Fleet.write(file, devices);
    try (SqliteDatabase database = SqliteDatabase.open(file, 1)) {
      SqlCredentialStore store = new SqlCredentialStore(database);
      keys =
          database.write(
              () -> IntStream.range(0, devices).mapToObj(number -> key(store, number)).toList());
    }
  }

  private static String key(SqlCredentialStore store, int number) {
    Token token = Token.random(Token.Kind.DEVICE);
    store.insert(
        new Credential(
            token.id(),
            Token.Kind.DEVICE,
            Fleet.id(number).value(),
            "",
            Role.DEVICE,
            Optional.empty(),
            token.hash(),
            Instant.now(),
            Optional.empty(),
            Optional.empty()));
    return token.text();
  }

  /// @param args `reports`, how many devices (10,000), `rpc` for fleetd's Heartbeat
  static void run(String[] args) throws Exception {
    int devices = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    boolean rpc = List.of(args).contains("rpc");
    Path work = Files.createTempDirectory("muster-bench").toRealPath();
    try {
      Files.createDirectories(work.resolve("data/server"));
      new ReportsBench(devices, rpc, work).run();
    } finally {
      try (var files = Files.walk(work)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void run() throws Exception {
    Machine.print(
        "%s of %,d devices over %d connections, %d s"
            .formatted(rpc ? "heartbeats" : "reports", devices, CONNECTIONS, MEASURED.toSeconds()));
    int port = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      Process server =
          programs.bareServer(
              Map.of(
                  "MUSTER_ADMIN_KEY",
                  Token.random(Token.Kind.KEY).text(),
                  // Ten a minute would be less than what is measured.
                  "MUSTER_LIMITS_DEVICE_PER_MINUTE",
                  "0"),
              port,
              work.resolve("data"));
      Load load = new Load(port, CONNECTIONS, "");
      System.out.println("first round    " + load.once(this::request, MEASURED));
      System.out.println("from then on   " + load.once(this::request, MEASURED));
      System.out.printf("server %d MiB resident%n", Programs.residentMebibytes(server));
    }
  }

  private byte[] request(int n) {
    int number = n % devices;
    String id = Fleet.id(number).value();
    String body = rpc ? HEARTBEAT.formatted(id) : REPORT;
    String path = rpc ? "/fleetd.v1.DeviceService/Heartbeat" : "/api/agents/" + id + "/report";
    return """
    POST %s HTTP/1.1\r
    Host: localhost\r
    %s: %s\r
    Connect-Protocol-Version: 1\r
    Content-Type: application/json\r
    Content-Length: %d\r
    \r
    %s\
    """
        .formatted(path, rpc ? "X-API-Key" : "X-Agent-Key", keys.get(number), body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
