package muster.agent.policy;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// A host or several: `api.example.org`, `*.example.org`, `10.0.0.0/8`, `[fd00::/8]`, each perhaps
/// with a port behind a colon.
///
/// @param name as the rule spells it, in lower case
/// @param network what it means when it is no name
/// @param port empty means every port
record HostRule(String name, Optional<Network> network, OptionalInt port) {
  private static final int MOST_PORT = 65_535;

  /// @throws IllegalArgumentException with what was expected
  static HostRule parse(String rule) {
    String text = rule.toLowerCase(Locale.ROOT);
    String host = text;
    String port = "*";
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0 || end + 1 < text.length() && text.charAt(end + 1) != ':') {
        throw expected();
      }
      host = text.substring(1, end);
      port = end + 1 < text.length() ? text.substring(end + 2) : "*";
    } else if (colon >= 0 && colon == text.indexOf(':')) {
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
    }
    Optional<Network> network = Network.parse(host);
    if (network.isEmpty() && !host.matches("[a-z0-9._*-]+")) {
      throw expected();
    }
    return new HostRule(host, network, port(port));
  }

  private static OptionalInt port(String text) {
    if (text.equals("*")) {
      return OptionalInt.empty();
    }
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > MOST_PORT) {
      throw expected();
    }
    return OptionalInt.of(Integer.parseInt(text));
  }

  private static IllegalArgumentException expected() {
    return new IllegalArgumentException("a host, *.domain or network, and perhaps :port");
  }

  boolean hitsName(String host, int asked) {
    return hitsPort(asked) && network.isEmpty() && Glob.matches(name, host);
  }

  boolean hitsAddress(InetAddress address, int asked) {
    return hitsPort(asked) && network.filter(present -> present.contains(address)).isPresent();
  }

  private boolean hitsPort(int asked) {
    return port.isEmpty() || port.getAsInt() == asked;
  }
}
