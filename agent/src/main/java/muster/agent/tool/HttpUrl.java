package muster.agent.tool;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/// Web addresses as they come from outside.
final class HttpUrl {
  static final String EXPECTED = "http://host/… or https://host/… without user and password";

  private static final int MOST = 8192;

  private HttpUrl() {}

  static Optional<URI> parse(String text) {
    try {
      return usable(text.length() > MOST ? URI.create("") : URI.create(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// One that may leave out what it has in common with another.
  static Optional<URI> parse(URI base, String text) {
    try {
      return usable(text.length() > MOST ? URI.create("") : base.resolve(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<URI> usable(URI url) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    boolean web = scheme.equals("http") || scheme.equals("https");
    String host = url.getHost();
    if (!web || host == null || url.getRawUserInfo() != null || url.getPort() > 65_535) {
      return Optional.empty();
    }
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    return Optional.of(URI.create(scheme + "://" + host + port + path + query));
  }

  static int port(URI url) {
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return url.getScheme().equals("https") ? 443 : 80;
  }

  /// What stands behind the method in a request.
  static String target(URI url) {
    return url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
  }
}
