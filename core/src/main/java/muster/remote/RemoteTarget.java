package muster.remote;

import java.util.Optional;
import muster.fault.Fault;

/// Where a tunnel leads, as the device sees it.
///
/// @param host a name or address; of IPv6 without brackets
/// @param port 1..65535
public record RemoteTarget(String host, int port) {
  private static final String HERE = "127.0.0.1";
  private static final int HTTP = 80;
  private static final int MAX_PORT = 65_535;
  private static final int MAX_HOST = 253;
  private static final String EXPECTED = "a port, or host:port";

  /// Reads `5432`, `db:5432`, `[::1]:5432`; for http also `db`. Without a host it is the device
  /// itself.
  ///
  /// @throws Fault INVALID_ARGUMENT
  static RemoteTarget parse(Optional<String> given, RemoteKind kind) {
    if (given.isEmpty() && kind == RemoteKind.HTTP) {
      return new RemoteTarget(HERE, HTTP);
    }
    String text = given.orElseThrow(() -> Fault.invalid("target", "missing", EXPECTED));
    int colon = text.lastIndexOf(':');
    boolean isPortOnly = text.matches("[0-9]{1,5}");
    boolean isHostOnly = !isPortOnly && (colon < 0 || text.endsWith("]"));
    if (isHostOnly && kind != RemoteKind.HTTP) {
      throw Fault.invalid("target", text, EXPECTED);
    }
    String host = isPortOnly ? HERE : isHostOnly ? text : text.substring(0, colon);
    String port = isPortOnly ? text : isHostOnly ? "" + HTTP : text.substring(colon + 1);
    return new RemoteTarget(host(text, host), port(text, port));
  }

  private static String host(String text, String host) {
    boolean isBracketed = host.startsWith("[") && host.endsWith("]");
    String plain = isBracketed ? host.substring(1, host.length() - 1) : host;
    String letters = isBracketed ? "[0-9a-fA-F:.]+" : "[A-Za-z0-9._-]+";
    if (plain.length() > MAX_HOST || !plain.matches(letters)) {
      throw Fault.invalid("target", text, EXPECTED);
    }
    return plain;
  }

  private static int port(String text, String port) {
    int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
    if (number < 1 || number > MAX_PORT) {
      throw Fault.invalid("target", text, "a port of 1.." + MAX_PORT);
    }
    return number;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
