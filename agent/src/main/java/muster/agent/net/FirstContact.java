package muster.agent.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/// What a TLS handshake with a server shows that nothing is known of. Nothing is sent over it.
public sealed interface FirstContact {
  /// The authorities that this machine trusts vouch for the server, name and all.
  record Trusted() implements FirstContact {}

  /// Nobody vouches for it.
  ///
  /// @param pin the key at the end of the chain it sends: its authority's, or its own
  record Unknown(CaPin pin) implements FirstContact {}

  /// It does not speak TLS.
  record Plain() implements FirstContact {}

  /// @throws IOException when nobody answers there
  static FirstContact with(ServerAddress server, Duration within) throws IOException {
    URI url = server.base();
    int millis = (int) within.toMillis();
    Witness witness = Witness.ofSystem();
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
      return witness.lastKey().<FirstContact>map(Unknown::new).orElseGet(Plain::new);
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
