package muster.socket;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// From which pages browsers may open a WebSocket here: those of another site could make one
/// connect, and read along.
///
/// @param publicUrl where browsers find the server, if that is known
/// @param others the origins of other pages that may, too; `*` = any
public record OwnPages(Optional<URI> publicUrl, List<String> others) {
  public OwnPages {
    others = List.copyOf(others);
  }

  /// Who sends no `Origin` is no browser.
  ///
  /// @throws Fault PERMISSION_DENIED for a page that may not
  void require(HttpRequest request) {
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    if (origin == null || others.contains(origin) || others.contains("*")) {
      return;
    }
    String authority = String.valueOf(request.authority());
    boolean isOwn =
        origin.equals("https://" + authority)
            || origin.equals("http://" + authority)
            || publicUrl.map(url -> origin.equals(originOf(url))).orElse(false);
    if (!isOwn) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "Origin: not this server's",
          Map.of(Fault.REASON, "foreign_origin"));
    }
  }

  private static String originOf(URI url) {
    return url.getScheme() + "://" + url.getAuthority();
  }
}
