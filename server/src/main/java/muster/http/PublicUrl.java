package muster.http;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// Under which URL others reach this server. It ends up in install commands that people paste into
/// root shells, so it comes from the configuration and never from what a request says of itself
/// (F001). Unset, it is known on this machine only: there it is the loopback address.
public final class PublicUrl {
  private final Optional<String> configured;
  private final int port;

  public PublicUrl(Optional<URI> configured, int port) {
    this.configured = configured.map(uri -> uri.toString().replaceAll("/+$", ""));
    this.port = port;
  }

  /// The base URL without a slash at the end.
  ///
  /// @throws Fault UNAVAILABLE when it is not configured and the caller is on another host
  public String of(Call call) {
    if (configured.isEmpty() && !call.isLocal()) {
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "server.public_url is not set, so there is no address to give to other machines",
          Map.of(Fault.REASON, "public_url_unset"));
    }
    return local();
  }

  /// As [#of], but where nothing is configured the address that the caller itself used. Only for
  /// what goes back to that caller and nowhere else: it may have written anything.
  public String reached(Call call) {
    return configured.or(call::reachedAt).orElseGet(this::local);
  }

  /// As the server itself sees it: the configured URL, else loopback.
  public String local() {
    return configured.orElse("http://127.0.0.1:" + port);
  }

  /// The same base for WebSockets: `ws` for `http`, `wss` for `https`.
  public static String webSocket(String base) {
    return "ws" + base.substring("http".length());
  }
}
