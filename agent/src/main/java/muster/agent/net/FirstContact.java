package muster.agent.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/// What a TLS handshake with a server shows that nothing is known of. Nothing is sent over it.
public sealed interface FirstContact {
  /// The authorities that this machine trusts vouch for the server, name and all.
  record Trusted() implements FirstContact {}

  /// Those authorities vouch for its certificate, but under names that were not asked for.
  record OtherName(List<String> names) implements FirstContact {
    public OtherName {
      names = List.copyOf(names);
    }
  }

  /// Nobody vouches for it.
  ///
  /// @param pin the key of the server's own authority when it sends that, else the server's own
  record Unknown(CaPin pin) implements FirstContact {}

  /// It does not speak TLS.
  record Plain() implements FirstContact {}

  /// @throws IOException when nobody answers there
  static FirstContact with(ServerAddress server, Duration within) throws IOException {
    URI url = server.base();
    int millis = (int) within.toMillis();
    Witness witness = new Witness();
    try (Socket tcp = new Socket()) {
      tcp.connect(new InetSocketAddress(url.getHost(), url.getPort()), millis);
      tcp.setSoTimeout(millis);
      try (SSLSocket tls =
          (SSLSocket)
              context(witness)
                  .getSocketFactory()
                  .createSocket(tcp, url.getHost(), url.getPort(), true)) {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return new Trusted();
      }
    } catch (SSLException e) {
      FirstContact seen = witness.seen().orElseGet(Plain::new);
      if (seen instanceof Trusted) {
        throw e;
      }
      return seen;
    }
  }

  private static SSLContext context(Witness witness) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {witness}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has TLS", e);
    }
  }
}
