package muster.cli;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/// Where the server is, who we are there and whom to trust.
///
/// @param server without a slash at the end
/// @param caPin see [Profile]
record Connection(URI server, Optional<String> token, Optional<String> caPin) {

  /// Checks an address as people type it; what follows the path is refused.
  static URI server(String text) {
    try {
      URI uri = new URI(text.strip().replaceAll("/+$", ""));
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https"))
          && uri.getHost() != null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && uri.getRawUserInfo() == null) {
        return uri;
      }
      throw new Failure(Exit.USAGE, expected(text));
    } catch (java.net.URISyntaxException e) {
      throw new Failure(Exit.USAGE, expected(text), e);
    }
  }

  private static String expected(String text) {
    return "server: " + text + " (expected: an address such as https://muster.example:18781)";
  }
}
