package muster.it.fleetd;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Programs and libraries of others that people call the server with, over every protocol: the
/// page's requests as they stand there. They need what `contracts/buf`, `contracts/grpcurl` and
/// `contracts/connect-es` fetch; where that is not there it is said.
class FleetdClientsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path CONTRACTS = Path.of("../contracts").toAbsolutePath().normalize();

  /// In keys as grpcurl prints them: `device_id`, where others have `deviceId`.
  private static final Pattern SNAKE = Pattern.compile("_([a-z])(?=[a-z_]*\":)");

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// What begins with `line` calls a method; the rest of the line, [#call] adds.
  private record Client(String name, String fetched, List<String> line) {
    static Client buf(String protocol) {
      return new Client(
          "buf-" + protocol,
          "target/buf/node_modules/.bin/buf",
          List.of("buf", "curl", "--protocol", protocol, "--http2-prior-knowledge"));
    }

    static Client grpcurl() {
      return new Client(
          "grpcurl", "target/grpcurl/v1.9.3/grpcurl", List.of("grpcurl", "-plaintext"));
    }

    static Client connectEs(String transport) {
      return new Client(transport, "es/node_modules/.of", List.of("connect-es", transport));
    }

    List<String> call(String key, String method, String message) {
      String header = "Authorization: Bearer " + key;
      return switch (line.getFirst()) {
        case "buf" ->
            with(
                "--header",
                header,
                "--data",
                message,
                muster.url().resolve(Rpc.path(method)).toString());
        case "grpcurl" ->
            with(
                "-H",
                header,
                "-d",
                message,
                muster.url().getAuthority(),
                Rpc.path(method).substring(1));
        default -> with(muster.url().toString(), key, method, message);
      };
    }

    /// A mask in JSON: as the page has it, or in the standard's form.
    String mask() {
      return line.getFirst().equals("grpcurl")
          ? "{\"paths\":[\"name\",\"metadata\"]}"
          : "\"name,metadata\"";
    }

    private List<String> with(String... more) {
      return Stream.concat(
              Stream.concat(
                  Stream.of(CONTRACTS.resolve(line.getFirst()).toString()), line.stream().skip(1)),
              Stream.of(more))
          .toList();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Client> clients() {
    return Stream.of(
        Client.buf("connect"),
        Client.buf("grpc"),
        Client.buf("grpcweb"),
        Client.grpcurl(),
        Client.connectEs("node-connect"),
        Client.connectEs("node-connect-json-h2"),
        Client.connectEs("node-grpc"),
        Client.connectEs("node-grpc-web"),
        Client.connectEs("web-connect"),
        Client.connectEs("web-grpc-web"));
  }

  private static void assumeFetched(Client client) {
    boolean isThere = Files.exists(CONTRACTS.resolve(client.fetched()));
    if (!isThere) {
      System.err.printf(
          "FleetdClientsTest SKIPPED for %s: contracts/%s --fetch was not run%n",
          client, client.line().getFirst());
    }
    Assumptions.assumeTrue(isThere, "not fetched: " + client);
  }

  private record Said(int exit, String out, String err) {}

  private static Said call(Client client, String key, String method, String message)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(client.call(key, method, message)).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Said(process.exitValue(), out, err);
  }

  private static JsonNode answered(Client client, String method, String message)
      throws IOException, InterruptedException {
    Said said = call(client, muster.adminKey(), method, message);
    assertThat(said.exit()).as(said.err()).isZero();
    return JSON.readTree(SNAKE.matcher(said.out()).replaceAll(m -> m.group(1).toUpperCase(ROOT)));
  }

  @ParameterizedTest
  @MethodSource("clients")
  @Tag("F068")
  @DisplayName("F068: a real client speaks the page's requests over each protocol")
  void realClient_speaks(Client client) throws Exception {
    assumeFetched(client);
    String id = "rpi-" + client;
    JsonNode registered =
        answered(
            client,
            "RegisterDevice",
            """
            {"device_id":"%s","device_name":"Raspberry Pi 001","device_type":"raspberry-pi",
             "version":"1.0.0",
             "system_info":{"os":"Linux","arch":"arm64","cpu_cores":4,"memory_mb":4096}}
            """
                .formatted(id));
    assertThat(registered.path("deviceId").asText()).isEqualTo(id);

    Said beat =
        call(
            client,
            registered.path("apiKey").asText(),
            "Heartbeat",
            """
            {"device_id":"%s",
             "status":{"state":"ONLINE","uptime_seconds":3600,"last_boot":"2024-01-01T12:00:00Z"},
             "stats":{"cpu_percent":25.5,"memory_used_mb":1024,"disk_used_gb":10.5}}
            """
                .formatted(id));
    assertThat(beat.exit()).as(beat.err()).isZero();

    JsonNode list =
        answered(
            client,
            "ListDevices",
            """
            {"page_size":20,"filter":"status:online AND id:%s","order_by":"last_seen DESC"}
            """
                .formatted(id));
    assertThat(list.path("devices").path(0).path("id").asText()).isEqualTo(id);

    JsonNode one =
        answered(
            client,
            "GetDevice",
            """
            {"device_id":"%s","include_metrics":true,"include_health":true}
            """
                .formatted(id));
    assertThat(one.at("/metrics/current/cpuPercent").asDouble()).isEqualTo(25.5);

    JsonNode updated =
        answered(
            client,
            "UpdateDevice",
            """
            {"device_id":"%s","update_mask":%s,
             "device":{"name":"Raspberry Pi Production","metadata":{"location":"datacenter-1"}}}
            """
                .formatted(id, client.mask()));
    assertThat(updated.at("/device/metadata/location").asText()).isEqualTo("datacenter-1");

    Said refused =
        call(
            client,
            muster.adminKey(),
            "DeleteDevice",
            """
            {"device_id":"%s","force":false}
            """
                .formatted(id));
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err().replace("_", "").toLowerCase(ROOT))
        .contains("failedprecondition", "google.rpc.errorinfo");
  }

  @ParameterizedTest
  @MethodSource("clients")
  @Tag("F109")
  @DisplayName("F109: a real client watches events over each protocol")
  void realClient_watches(Client client) throws Exception {
    assumeFetched(client);
    String id = "watched-" + client;
    Rpc.call(muster.admin(), "RegisterDevice", Map.of("device_id", id)).expect(200);
    Process process =
        new ProcessBuilder(
                client.call(
                    muster.adminKey(),
                    "StreamEvents",
                    "{\"device_filter\":\"id:%s\"}".formatted(id)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      process.getOutputStream().close();
      // It may not watch yet when the first change is made.
      await()
          .until(() -> {
            muster
                .admin()
                .patch("/v1/devices/" + id, Map.of("tags", List.of("t" + System.nanoTime())))
                .expect(200);
            return lines.ready();
          });
      StringBuilder said = new StringBuilder();
      while (said.indexOf("}") < 0) {
        said.append(lines.readLine());
      }
      assertThat(said).containsPattern("\"(deviceId|device_id)\": *\"" + id);
    } finally {
      // buf is a program that a script of node's runs.
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
