package muster.agent;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.agent.net.ServerAddress;

/// Where to pair and with what: options of `pair`, or what the QR says.
///
/// @param host a name or an address, one of IPv6 in brackets
/// @param code the six digits
/// @param secret of the QR
/// @param pin whom to trust over TLS
/// @param transport how to reach the server; empty means TLS where the server has it
record Invitation(
    String host,
    int port,
    Optional<String> code,
    Optional<String> secret,
    Optional<CaPin> pin,
    Optional<Transport> transport) {
  /// Where a server listens unless it was told otherwise (F033).
  static final int DEFAULT_PORT = 18781;

  private static final int MAX_PORT = 65_535;
  private static final String SCHEME = "muster";
  private static final String EXPECTED =
      " (expected: muster://pair?host=HOST&code=CODE, as the QR says)";

  enum Transport {
    TLS,
    PLAIN
  }

  Invitation {
    host = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    if (code.isEmpty() && secret.isEmpty()) {
      throw new IllegalArgumentException("--code is missing (expected: the six digits)");
    }
    code = code.map(Invitation::digits);
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
    }
  }

  /// @throws IllegalArgumentException with a sentence for people, which never quotes the secret
  static Invitation parse(String text) {
    try {
      URI uri = new URI(text.strip());
      Map<String, String> fields = fields(uri.getRawQuery() == null ? "" : uri.getRawQuery());
      if (!SCHEME.equals(uri.getScheme())
          || !"pair".equals(uri.getHost())
          || !fields.containsKey("host")) {
        throw new IllegalArgumentException("the address to pair with makes no sense" + EXPECTED);
      }
      return new Invitation(
          fields.getOrDefault("host", ""),
          port(fields.getOrDefault("port", String.valueOf(DEFAULT_PORT))),
          Optional.ofNullable(fields.get("code")),
          Optional.ofNullable(fields.get("secret")),
          Optional.ofNullable(fields.get("ca")).map(CaPin::new),
          Optional.empty());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("the address to pair with makes no sense" + EXPECTED, e);
    }
  }

  /// The same with what the command line says beside it.
  Invitation over(Optional<Transport> newTransport, Optional<CaPin> otherPin) {
    return new Invitation(host, port, code, secret, otherPin.or(() -> pin), newTransport);
  }

  static boolean isOne(String text) {
    return text.startsWith(SCHEME + ":");
  }

  static int port(String text) {
    if (!text.matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("port: " + text + " (expected: 1..65535)");
    }
    return Integer.parseInt(text);
  }

  private static Map<String, String> fields(String query) {
    Map<String, String> fields = new HashMap<>();
    for (String pair : query.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        // A plus is one: base64 has it, and nothing here has blanks.
        String value = pair.substring(equals + 1).replace("+", "%2B");
        fields.put(pair.substring(0, equals), URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    }
    return fields;
  }

  /// People group digits as they like.
  private static String digits(String text) {
    return text.replaceAll("[ -]", "");
  }

  /// @throws IllegalArgumentException with a sentence for people
  ServerAddress address(Transport over) {
    return ServerAddress.parse(
        (over == Transport.TLS ? "https" : "http") + "://" + host + ":" + port);
  }

  /// Without the secrets.
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
