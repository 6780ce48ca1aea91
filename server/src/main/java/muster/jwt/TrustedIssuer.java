package muster.jwt;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.auth.Role;
import muster.filter.Filter;

/// An external issuer and what its tokens are good for here; `issuers` in the configuration.
///
/// @param name ours for it, `a-z 0-9 -`; it stands before its people's names
/// @param url its `iss`, to the letter; https, or http on this machine
/// @param audience what must stand in `aud`
/// @param algorithms of [#ALGORITHMS], those its tokens may be signed with
/// @param usernameClaim where the name that people read stands; `sub` where it does not
/// @param roleClaim where what `grants` speaks of stands: a text, or a list of them
/// @param grants by a value of the role claim; the first that a token has counts
/// @param otherwise for a token that has none of them; absent = it is refused
public record TrustedIssuer(
    String name,
    String url,
    String audience,
    Set<String> algorithms,
    String usernameClaim,
    String roleClaim,
    List<Map.Entry<String, Grant>> grants,
    Optional<Grant> otherwise) {
  /// RFC 7518, section 3.1, without HMAC and `none`.
  public static final List<String> ALGORITHMS =
      List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  public static final Set<String> USUAL_ALGORITHMS = Set.of("RS256", "ES256", "PS256");

  /// @param scope a filter over devices; absent = all
  public record Grant(Role role, Optional<Filter> scope) {}

  /// Whether what comes from there can't be changed on the way.
  public static boolean isSafe(URI uri) {
    if (uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
      return false;
    }
    return "https".equals(uri.getScheme())
        || ("http".equals(uri.getScheme()) && isThisMachine(uri.getHost()));
  }

  private static boolean isThisMachine(String host) {
    return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}");
  }
}
