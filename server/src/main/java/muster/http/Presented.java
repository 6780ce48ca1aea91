package muster.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.fault.Fault;

/// What somebody proves with who they are. Certificate and token must be of one and the same
/// (F072); the certificate is then the one that counts.
///
/// @param certificate of the TLS session, whose key the client has; a device's
/// @param token what the request itself carries
public record Presented(Optional<X509Certificate> certificate, Optional<String> token) {
  static Presented token(Optional<String> token) {
    return new Presented(Optional.empty(), token);
  }

  /// In the handshake, in the request, or both.
  public static Presented of(ServiceRequestContext context, Optional<String> token) {
    return new Presented(certificate(context), token);
  }

  /// That of the TLS session, of one that was taken up again too.
  private static Optional<X509Certificate> certificate(ServiceRequestContext context) {
    SSLSession session = context.sslSession();
    if (session == null) {
      return Optional.empty();
    }
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate found
          ? Optional.of(found)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  boolean isNothing() {
    return certificate.isEmpty() && token.isEmpty();
  }

  boolean isRemembered(Credentials credentials) {
    return certificate.map(credentials::isRemembered).orElse(true)
        && token.map(credentials::isRemembered).orElse(true);
  }

  /// Whose they are.
  ///
  /// @throws Fault UNAUTHENTICATED when one of them is no good, or they are not of the same
  Caller caller(Credentials credentials, Origin origin) {
    return Stream.concat(
            certificate.map(shown -> credentials.authenticateCertificate(shown, origin)).stream(),
            token.map(shown -> credentials.authenticate(shown, origin)).stream())
        .reduce(Presented::same)
        .orElseThrow(() -> Fault.unauthenticated("authentication required"));
  }

  private static Caller same(Caller first, Caller other) {
    if (!first.principalId().equals(other.principalId())) {
      throw Fault.unauthenticated("two credentials, the certificate and the token, of two callers");
    }
    return first;
  }
}
