package muster.server;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import muster.auth.AddressBlock;
import muster.auth.Role;
import muster.device.DeviceFields;
import muster.http.Limits;
import muster.http.TrustedProxies;
import muster.jwt.TrustedIssuer;
import muster.jwt.TrustedIssuer.Grant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  /// Every key, with a good value that is not its default.
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          entry("data", "/srv/muster"),
          entry("server.bind", "127.0.0.1"),
          entry("server.port", "443"),
          entry("server.public_url", "https://fleet.example.org"),
          entry("server.public_certificate", "true"),
          entry("server.plaintext", "true"),
          entry("server.max_connections", "11"),
          entry("server.handshakes_per_second", "9"),
          entry("server.shutdown_seconds", "1"),
          entry("device.heartbeat_seconds", "7"),
          entry("device.reconnect_seconds", "3"),
          entry("server.trusted_proxies", "10.0.0.0/8, 192.0.2.7"),
          entry("device.auto_approve", "platform:linux AND tag:lab"),
          entry("store.max_megabytes", "512"),
          entry("transfers.max_megabytes", "13"),
          entry("transfers.spool_megabytes", "14"),
          entry("transfers.kept_hours", "15"),
          entry("binaries.max_megabytes", "16"),
          entry("binaries.store_megabytes", "17"),
          entry("retention.command_days", "2"),
          entry("retention.event_days", "4"),
          entry("retention.sample_days", "8"),
          entry("remote.idle_minutes", "5"),
          entry("remote.record", "true"),
          entry("remote.recording_days", "6"),
          entry("deploy.ssh_keys", "/srv/keys"),
          entry("rpc.reflection", "false"),
          entry("rpc.debug", "true"),
          entry("rpc.cors_origins", "https://a.example.org, http://b.example.org:8080"),
          entry("webhooks.allow", "10.1.0.0/16"),
          entry("log.level", "debug"),
          entry("log.format", "json"),
          entry("limits.anonymous_per_second", "1"),
          entry("limits.authenticated_per_second", "2"),
          entry("limits.device_per_minute", "3"),
          entry("limits.failed_credentials_per_minute", "4"),
          entry("limits.concurrent_requests", "5"),
          entry("limits.concurrent_streams", "6"),
          entry("limits.connections_per_address", "7"),
          entry("limits.frames_per_second", "8"),
          entry("limits.output_kib_per_second", "9"));

  private static final Config CHANGED =
      new Config(
          Path.of("/srv/muster"),
          new Config.Server(
              "127.0.0.1",
              443,
              Optional.of(URI.create("https://fleet.example.org")),
              true,
              true,
              11,
              9,
              1,
              TrustedProxies.parse("10.0.0.0/8, 192.0.2.7")),
          new Config.Device(7, 3, Optional.of(DeviceFields.filter("platform:linux AND tag:lab"))),
          new Config.Store(512),
          new Config.Transfers(13, 14, 15),
          new Config.Binaries(16, 17),
          new Config.Retention(2, 4, 8),
          new Config.Remote(5, true, 6),
          new Config.Deploy(Optional.of(Path.of("/srv/keys"))),
          new Config.Webhooks(List.of(AddressBlock.parse("10.1.0.0/16"))),
          new Config.Rpc(
              false, true, List.of("https://a.example.org", "http://b.example.org:8080")),
          new Config.Log("DEBUG", true),
          new Limits(1, 2, 3, 4, 5, 6, 7, 8, 9),
          List.of());

  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("muster.yaml"), text);
  }

  private Config load(String text) throws IOException {
    return ConfigFile.load(Optional.of(file(text)), Map.of(), Map.of());
  }

  private static String example() throws IOException {
    Path here = Path.of("examples/muster.yaml");
    return Files.readString(Files.exists(here) ? here : Path.of("../examples/muster.yaml"));
  }

  private static String variable(String key) {
    return "MUSTER_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  @Test
  void theExample_saysTheDefaults() throws IOException {
    assertThat(load(example())).isEqualTo(Config.defaults());
  }

  @Test
  void theExampleUncommented_saysTheDefaultsButForFour() throws IOException {
    String all = example().replaceAll("(?m)^( *)# ([a-z_]+: \\S+)$", "$1$2");
    Config config = load(all);
    assertThat(config.data()).isEqualTo(Path.of("/var/lib/muster"));
    assertThat(config.server().publicUrl())
        .contains(URI.create("https://muster.example.com:18781"));
    assertThat(config.deploy().sshKeys()).contains(Path.of("/etc/muster/ssh-keys"));
    assertThat(config.rpc().corsOrigins()).containsExactly("https://console.example.org");
    Config.Server server = config.server();
    assertThat(
            config
                .withDeploy(Config.defaults().deploy())
                .withRpc(Config.defaults().rpc())
                .withData(Config.defaults().data())
                .withServer(server.withAddress(server.bind(), server.port(), Optional.empty())))
        .isEqualTo(Config.defaults());
  }

  @Test
  void theExample_hasEveryKeyWithItsVariable() throws IOException {
    String example = example();
    List<String> missing = new ArrayList<>();
    for (String key : OTHERS.keySet()) {
      if (!example.matches("(?s).*\\b" + variable(key) + "\\n.*")) {
        missing.add(variable(key));
      }
      String last = key.substring(key.lastIndexOf('.') + 1);
      if (!example.matches("(?s).*\\n *(# )?" + last + ": .*")) {
        missing.add(key);
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void unknownKey_isNamedWithAllThereAre() {
    assertThatThrownBy(() -> load("server:\n  prot: 1\ncolour: red\n"))
        .hasMessageContaining("1. server.prot: unknown key (expected: ")
        .hasMessageContaining("2. colour: unknown key")
        .satisfies(problem ->
            // Which also holds the list above complete.
            assertThat(OTHERS.keySet())
                .containsExactlyInAnyOrderElementsOf(
                    List.of(
                        String.valueOf(problem.getMessage())
                            .replaceAll("(?s).*?\\(expected: (.*?)\\).*", "$1")
                            .split(", "))));
  }

  @Test
  void everyKey_canBeSetInTheFile() throws IOException {
    String yaml =
        OTHERS.entrySet().stream()
            .map(entry -> nested(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining());
    // Keys of one section stand together in a file; here each has a section of its own.
    assertThatThrownBy(() -> load(yaml)).hasMessageContaining("not YAML");
    Config config = Config.defaults();
    for (Map.Entry<String, String> entry : OTHERS.entrySet()) {
      assertThat(load(nested(entry.getKey(), entry.getValue())))
          .as(entry.getKey())
          .isNotEqualTo(config);
    }
  }

  private static String nested(String key, String value) {
    int dot = key.indexOf('.');
    return dot < 0
        ? "%s: %s\n".formatted(key, value)
        : "%s:\n  %s: %s\n".formatted(key.substring(0, dot), key.substring(dot + 1), value);
  }

  @Test
  void environment_winsOverTheFile() throws IOException {
    Map<String, String> environment =
        OTHERS.entrySet().stream()
            .collect(Collectors.toMap(e -> variable(e.getKey()), Map.Entry::getValue));
    assertThat(ConfigFile.load(Optional.of(file(example())), environment, Map.of()))
        .isEqualTo(CHANGED);
    assertThat(ConfigFile.load(Optional.empty(), environment, Map.of())).isEqualTo(CHANGED);
  }

  @Test
  void commandLine_winsOverBoth() throws IOException {
    Map<String, String> environment = Map.of("MUSTER_SERVER_PORT", "2", "MUSTER_DATA", "/tmp/x");
    assertThat(ConfigFile.load(Optional.of(file("server:\n  port: 1\n")), environment, OTHERS))
        .isEqualTo(CHANGED);
  }

  @Test
  void allMistakes_areToldAtOnce() throws IOException {
    Path file =
        file(
            """
            colour: red
            server:
              port: 99999
              plaintext: maybe
              max_connections: many
              bind: [127.0.0.1]
            device:
              heartbeat_seconds: 4
            retention: 5
            """);
    Map<String, String> environment =
        Map.of("MUSTER_DEVICE_RECONNECT_SECONDS", "-1", "MUSTER_SERVER_PLAINTEXT", "yes");
    Map<String, String> options = Map.of("server.public_url", "https://x/$(id)");
    assertThatThrownBy(() -> ConfigFile.load(Optional.of(file), environment, options))
        .isInstanceOf(ConfigFile.Mistakes.class)
        .hasMessageMatching(
            """
            (?s)the configuration has mistakes:
              1\\. server\\.bind: a list \\(expected: one value\\)
              2\\. server\\.port: 99999 \\(expected: 0\\.\\.65535\\)
              3\\. --public-url: https://x/\\$\\(id\\) \\(expected: http\\(s\\)://host\\[:port]\\)
              4\\. MUSTER_SERVER_PLAINTEXT: yes \\(expected: true or false\\)
              5\\. server\\.max_connections: many \\(expected: 10\\.\\.1000000\\)
              6\\. device\\.heartbeat_seconds: 4 \\(expected: 5\\.\\.40\\)
              7\\. MUSTER_DEVICE_RECONNECT_SECONDS: -1 \\(expected: 0\\.\\.3600\\)
              8\\. colour: unknown key .*
              9\\. retention: unknown key .*\
            """);
  }

  @Test
  void autoApprove_thatIsNoFilter_isRefusedAndOffIsNone() throws IOException {
    assertThat(load("device:\n  auto_approve: off").device().autoApprove()).isEmpty();
    assertThatThrownBy(() -> load("device:\n  auto_approve: colour:red"))
        .hasMessageContaining("device.auto_approve: colour:red (expected: off, or a filter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"server: {port: 1", "server:\n\tport: 1", "server: {}\nserver: {}"})
  void whatIsNoYaml_isToldSo(String text) {
    assertThatThrownBy(() -> load(text)).hasMessageContaining("muster.yaml: not YAML: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "- a\n- b", "5"})
  void whatIsNoMapping_isToldSo(String text) {
    assertThatThrownBy(() -> load(text)).hasMessageContaining("expected: key: value");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing but a comment", "server:", "server:\n  port:", "---"})
  void whatIsNotSet_isTheDefault(String text) throws IOException {
    assertThat(load(text)).isEqualTo(Config.defaults());
  }

  @Test
  void missingFile_isToldSo() {
    Optional<Path> file = Optional.of(directory.resolve("none.yaml"));
    assertThatThrownBy(() -> ConfigFile.load(file, Map.of(), Map.of()))
        .hasMessageContaining("none.yaml: can't be read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://x", "muster.example.com", "https://", "https://a b", "https://x?y=1",
        "https://u:p@x", "https://x/`id`", "https://x/'", "https://x/$(id)", "javascript:alert(1)",
        "https://x/\";", "https://x/#a"
      })
  void publicUrl_thatCouldHurtAShell_isRefused(String url) {
    Map<String, String> environment = Map.of("MUSTER_SERVER_PUBLIC_URL", url);
    assertThatThrownBy(() -> ConfigFile.load(Optional.empty(), environment, Map.of()))
        .hasMessageContaining("MUSTER_SERVER_PUBLIC_URL: ");
  }

  @Test
  void issuersOfTheExample_areReadAsTheySay() throws IOException {
    String all = example();
    String issuers = all.substring(all.indexOf("# issuers:")).replaceAll("(?m)^# ?", "");
    assertThat(load(issuers).issuers())
        .containsExactly(
            new TrustedIssuer(
                "corp",
                "https://login.example.com/realms/ops",
                "muster",
                TrustedIssuer.USUAL_ALGORITHMS,
                "preferred_username",
                "roles",
                List.of(
                    entry("muster-admins", new Grant(Role.ADMIN, Optional.empty())),
                    entry(
                        "muster-lab",
                        new Grant(Role.OPERATOR, Optional.of(DeviceFields.scope("tag:lab"))))),
                Optional.of(new Grant(Role.VIEWER, Optional.empty()))));
  }

  @Test
  void issuerWithUrlAndAudience_hasTheDefaults_andTheEnvironmentWins() throws IOException {
    String text = "issuers:\n  corp:\n    url: https://a.example\n    audience: x\n";
    Map<String, String> environment = Map.of("MUSTER_ISSUERS_CORP_AUDIENCE", "y");
    assertThat(ConfigFile.load(Optional.of(file(text)), environment, Map.of()).issuers())
        .containsExactly(
            new TrustedIssuer(
                "corp",
                "https://a.example",
                "y",
                TrustedIssuer.USUAL_ALGORITHMS,
                "preferred_username",
                "roles",
                List.of(),
                Optional.empty()));
  }

  @Test
  void issuersWithMistakes_areNamedEach() {
    String text =
        """
        issuers:
          Corp:
            url: http://login.example.com
            algorithms: RS256, HS256
            roles:
              ops: root
            scopes:
              lab: tag:lab
              ops: "tag:("
            colour: red
          two:
            url: https://a.example
            audience: x
            default_role: device
          three:
            url: https://a.example
            audience: x
        """;
    assertThatThrownBy(() -> load(text))
        .hasMessageContaining("issuers.Corp: not a name")
        .hasMessageContaining("issuers.Corp.url: http://login.example.com (expected: https://")
        .hasMessageContaining("issuers.Corp.audience: nothing (expected: ")
        .hasMessageContaining("issuers.Corp.algorithms: RS256, HS256 (expected: RS256, RS384")
        .hasMessageContaining("issuers.Corp.roles.ops: root (expected: viewer, operator")
        .hasMessageContaining("issuers.Corp.scopes.lab: a scope without a role")
        .hasMessageContaining("issuers.Corp.scopes.ops: tag:( (expected: a filter")
        .hasMessageContaining("issuers.Corp.colour: unknown key")
        .hasMessageContaining("issuers.two.default_role: device (expected: viewer, operator")
        .hasMessageContaining("issuers.three.url: https://a.example is another's too");
  }
}
