package muster.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.http.Limits;
import muster.http.TrustedProxies;

/// Reads a [Config] from a file, the environment and the command line, the latter winning:
/// `server.public_url` is `MUSTER_SERVER_PUBLIC_URL` is `--public-url`. Finds all mistakes before
/// it complains.
public final class ConfigFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .build();

  private static final String LEVELS = "error, warn, info, debug, trace";

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> mistakes = new ArrayList<>();
  private final Map<String, String> environment;
  private final Map<String, String> options;
  private final List<String> known = new ArrayList<>();

  private ConfigFile(Map<String, String> environment, Map<String, String> options) {
    this.environment = environment;
    this.options = options;
  }

  /// What is wrong with the configuration, all of it.
  public static final class Mistakes extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Mistakes(List<String> mistakes) {
      super(numbered(mistakes), null, false, false);
    }

    private static String numbered(List<String> mistakes) {
      StringBuilder text = new StringBuilder("the configuration has mistakes:");
      for (int i = 0; i < mistakes.size(); i++) {
        text.append("\n  ").append(i + 1).append(". ").append(mistakes.get(i));
      }
      return text.toString();
    }
  }

  /// @param file absent = defaults, environment and options only
  /// @param options by key, such as `server.port`: what the command line says
  public static Config load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> options) {
    ConfigFile reader = new ConfigFile(environment, options);
    file.ifPresent(reader::read);
    Config config = reader.config();
    reader.refuseUnknown();
    if (!reader.mistakes.isEmpty()) {
      throw new Mistakes(reader.mistakes);
    }
    return config;
  }

  private void read(Path file) {
    try {
      JsonNode root = YAML.readTree(Files.readString(file));
      if (root.isObject()) {
        flatten("", root);
      } else if (root.isArray() || !root.asText("").isBlank()) {
        mistakes.add("%s: not a list of keys (expected: key: value)".formatted(file));
      }
    } catch (JsonProcessingException e) {
      mistakes.add("%s: not YAML: %s".formatted(file, e.getOriginalMessage()));
    } catch (IOException e) {
      mistakes.add("%s: can't be read".formatted(file));
    }
  }

  private void flatten(String prefix, JsonNode node) {
    if (node.isArray()) {
      mistakes.add("%s: a list (expected: one value)".formatted(prefix));
      return;
    }
    if (!node.isObject()) {
      if (!node.asText("").isBlank()) {
        values.put(prefix, node.asText());
      }
      return;
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      flatten(prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey(), field.getValue());
    }
  }

  private Config config() {
    Config defaults = Config.defaults();
    Config.Server server = defaults.server();
    return new Config(
        value("data", defaults.data(), "a directory", Path::of),
        new Config.Server(
            value("server.bind", server.bind(), "an address", Function.identity()),
            number("server.port", server.port(), 0, 65_535),
            value(
                "server.public_url", server.publicUrl(), "http(s)://host[:port]", ConfigFile::url),
            flag("server.public_certificate", server.publicCertificate()),
            flag("server.plaintext", server.plaintext()),
            number("server.max_connections", server.maxConnections(), 10, 1_000_000),
            number("server.handshakes_per_second", server.handshakesPerSecond(), 0, 1_000_000),
            number("server.shutdown_seconds", server.shutdownSeconds(), 0, 600),
            value(
                "server.trusted_proxies",
                server.trustedProxies(),
                "addresses or ranges such as 10.0.0.0/8, between commas",
                TrustedProxies::parse)),
        new Config.Device(
            number("device.heartbeat_seconds", defaults.device().heartbeatSeconds(), 5, 40),
            number("device.reconnect_seconds", defaults.device().reconnectSeconds(), 0, 3600),
            value(
                "device.auto_approve",
                defaults.device().autoApprove(),
                "off, or a filter such as platform:linux",
                ConfigFile::rule)),
        new Config.Store(
            number("store.max_megabytes", defaults.store().maxMegabytes(), 0, 16_000_000)),
        new Config.Transfers(
            number("transfers.max_megabytes", defaults.transfers().maxMegabytes(), 1, 16_000_000),
            number(
                "transfers.spool_megabytes", defaults.transfers().spoolMegabytes(), 1, 16_000_000),
            number("transfers.kept_hours", defaults.transfers().keptHours(), 1, 720)),
        new Config.Binaries(
            number("binaries.max_megabytes", defaults.binaries().maxMegabytes(), 1, 16_000_000),
            number(
                "binaries.store_megabytes", defaults.binaries().storeMegabytes(), 1, 16_000_000)),
        new Config.Retention(
            number("retention.command_days", defaults.retention().commandDays(), 1, 3650),
            number("retention.event_days", defaults.retention().eventDays(), 1, 3650),
            number("retention.sample_days", defaults.retention().sampleDays(), 1, 3650)),
        new Config.Remote(
            number("remote.idle_minutes", defaults.remote().idleMinutes(), 1, 1440),
            flag("remote.record", defaults.remote().record()),
            number("remote.recording_days", defaults.remote().recordingDays(), 1, 3650)),
        new Config.Deploy(
            value(
                "deploy.ssh_keys",
                defaults.deploy().sshKeys(),
                "a directory",
                text -> Optional.of(Path.of(text)))),
        new Config.Webhooks(
            value(
                "webhooks.allow",
                defaults.webhooks().allow(),
                "addresses or ranges such as 10.0.0.0/8, between commas",
                text -> TrustedProxies.parse(text).blocks())),
        new Config.Rpc(
            flag("rpc.reflection", defaults.rpc().reflection()),
            flag("rpc.debug", defaults.rpc().debug()),
            value(
                "rpc.cors_origins",
                defaults.rpc().corsOrigins(),
                "origins such as https://app.example.org between commas, or *",
                ConfigFile::origins)),
        new Config.Log(
            value("log.level", defaults.log().level(), LEVELS, ConfigFile::level),
            value("log.format", defaults.log().json(), "text or json", ConfigFile::isJson)),
        limits(defaults.limits()),
        new IssuerSettings(this).read());
  }

  private static List<String> origins(String text) {
    List<String> origins = List.of(text.split("\\s*,\\s*"));
    if (!origins.stream().allMatch(origin -> origin.matches("\\*|https?://[^/\\s]+"))) {
      throw new IllegalArgumentException(text);
    }
    return origins;
  }

  private static String level(String text) {
    if (!List.of(LEVELS.split(", ")).contains(text)) {
      throw new IllegalArgumentException(text);
    }
    return text.toUpperCase(Locale.ROOT);
  }

  private static Optional<Filter> rule(String text) {
    try {
      // YAML reads a bare off as false.
      boolean isOff = text.equals("off") || text.equals("false");
      return isOff ? Optional.empty() : Optional.of(DeviceFields.filter(text));
    } catch (Fault e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static boolean isJson(String text) {
    return switch (text) {
      case "json" -> true;
      case "text" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private Limits limits(Limits defaults) {
    return new Limits(
        number("limits.anonymous_per_second", defaults.anonymousPerSecond(), 0, 1_000_000),
        number("limits.authenticated_per_second", defaults.authenticatedPerSecond(), 0, 1_000_000),
        number("limits.device_per_minute", defaults.devicePerMinute(), 0, 1_000_000),
        number(
            "limits.failed_credentials_per_minute",
            defaults.failedCredentialsPerMinute(),
            0,
            1_000_000),
        number("limits.concurrent_requests", defaults.concurrentRequests(), 0, 1_000_000),
        number("limits.concurrent_streams", defaults.concurrentStreams(), 0, 1_000_000),
        number("limits.connections_per_address", defaults.connectionsPerAddress(), 0, 1_000_000),
        number("limits.frames_per_second", defaults.framesPerSecond(), 0, 1_000_000),
        number("limits.output_kib_per_second", defaults.outputKibPerSecond(), 0, 1_000_000));
  }

  private static Optional<URI> url(String text) {
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      // It is put into shell scripts: nothing but a plain base is taken.
      if (web
          && uri.getHost() != null
          && uri.getQuery() == null
          && uri.getUserInfo() == null
          && text.matches("[A-Za-z0-9:/._\\[\\]-]+")) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException e) {
      // Told below with what was expected.
    }
    throw new IllegalArgumentException(text);
  }

  private int number(String key, int fallback, int min, int max) {
    return value(
        key,
        fallback,
        min + ".." + max,
        text -> {
          int number = Integer.parseInt(text);
          if (number < min || number > max) {
            throw new IllegalArgumentException(text);
          }
          return number;
        });
  }

  private boolean flag(String key, boolean fallback) {
    return value(
        key,
        fallback,
        "true or false",
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException(text);
            });
  }

  void mistake(String text) {
    mistakes.add(text);
  }

  int mistakes() {
    return mistakes.size();
  }

  void know(String key) {
    known.add(key);
  }

  /// In the order of the file.
  List<String> keysUnder(String prefix) {
    return values.keySet().stream().filter(key -> key.startsWith(prefix)).toList();
  }

  <T> T value(String key, T fallback, String expected, Function<String, T> parse) {
    known.add(key);
    String variable = "MUSTER_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
    String option = "--" + key.substring(key.lastIndexOf('.') + 1).replace('_', '-');
    String name =
        options.containsKey(key) ? option : environment.containsKey(variable) ? variable : key;
    String text = options.getOrDefault(key, environment.getOrDefault(variable, values.get(key)));
    if (text == null || text.isBlank()) {
      return fallback;
    }
    try {
      return parse.apply(text.strip());
    } catch (IllegalArgumentException e) {
      mistakes.add("%s: %s (expected: %s)".formatted(name, text, expected));
      return fallback;
    }
  }

  private void refuseUnknown() {
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        mistakes.add("%s: unknown key (expected: %s)".formatted(key, String.join(", ", known)));
      }
    }
  }
}
