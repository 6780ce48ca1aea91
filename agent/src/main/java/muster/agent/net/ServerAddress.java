package muster.agent.net;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// The server's base address, such as `https://muster.example:18781`, without a trailing slash.
///
/// @param base `http` or `https` with a host, perhaps a port and a path
public record ServerAddress(URI base) {

  /// @throws IllegalArgumentException with a sentence for people
  public static ServerAddress parse(String text) {
    String trimmed = text.strip().replaceAll("/+$", "");
    URI uri;
    try {
      uri = new URI(trimmed);
    } catch (URISyntaxException e) {
      throw wrong(text);
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean known = scheme.equals("http") || scheme.equals("https");
    if (!known
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw wrong(text);
    }
    return new ServerAddress(uri);
  }

  /// @param path begins with a slash
  public URI http(String path) {
    return URI.create(base + path);
  }

  /// The same server's WebSocket address of a path.
  public URI webSocket(String path) {
    return URI.create(
        (secure(base) ? "wss" : "ws") + base.toString().substring(schemeLength()) + path);
  }

  /// Whether a secret may be sent to the address: over TLS anywhere, in clear only to this machine.
  public static boolean safe(URI uri) {
    return secure(uri) || loopback(uri);
  }

  private static boolean secure(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme()) || "wss".equalsIgnoreCase(uri.getScheme());
  }

  /// By the name alone: nothing is resolved.
  private static boolean loopback(URI uri) {
    String host = uri.getHost();
    return host.equalsIgnoreCase("localhost")
        || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}")
        || host.equals("[::1]");
  }

  private int schemeLength() {
    return base.getScheme().length();
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "server: " + text + " (expected: http://HOST[:PORT] or https://HOST[:PORT])");
  }

  @Override
  public String toString() {
    return base.toString();
  }
}
