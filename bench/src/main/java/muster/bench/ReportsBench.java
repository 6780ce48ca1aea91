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

  private final int devices;
  private final Path work;
  private final List<String> keys;

  private ReportsBench(int devices, Path work) {
    this.devices = devices;
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

  static void run(String[] args) throws Exception {
    int devices = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    Path work = Files.createTempDirectory("muster-bench").toRealPath();
    try {
      Files.createDirectories(work.resolve("data/server"));
      new ReportsBench(devices, work).run();
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
        "reports of %,d devices over %d connections, %d s"
            .formatted(devices, CONNECTIONS, MEASURED.toSeconds()));
    int port = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      Process server =
          programs.java(
              "muster.server.Main",
              Map.of(
                  "MUSTER_ADMIN_KEY",
                  Token.random(Token.Kind.KEY).text(),
                  // Ten a minute would be less than what is measured.
                  "MUSTER_LIMITS_DEVICE_PER_MINUTE",
                  "0"),
              port,
              "serve",
              "--data",
              work.resolve("data").toString(),
              "--bind",
              "127.0.0.1",
              "--port",
              Integer.toString(port));
      Load load = new Load(port, CONNECTIONS, "");
      System.out.println("first round    " + load.once(this::request, MEASURED));
      System.out.println("from then on   " + load.once(this::request, MEASURED));
      System.out.printf("server %d MiB resident%n", Programs.residentMebibytes(server));
    }
  }

  private byte[] request(int n) {
    int number = n % devices;
    return ("POST /api/agents/%s/report HTTP/1.1\r\nHost: localhost\r\nX-Agent-Key: %s\r\n"
            + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
        .formatted(Fleet.id(number).value(), keys.get(number), REPORT.length(), REPORT)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
