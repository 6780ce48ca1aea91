package muster.agent.net;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts a server whose certificate, or one of whose issuing CAs in the chain it sends, has the
/// pinned key; nothing else, not even what the system trusts.
///
/// Signatures, validity, CA flags and key usage are checked. The host name is not: the pinned CA
/// belongs to one server only, which agents reach by address, by name or through a tunnel. But the
/// certificate must be meant for servers, because the same CA also signs certificates of devices.
final class PinnedTrust extends X509ExtendedTrustManager {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  private final CaPin pin;

  PinnedTrust(CaPin pin) {
    this.pin = pin;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length == 0) {
      throw new CertificateException("the server sent no certificate");
    }
    for (int i = 0; i < chain.length; i++) {
      if (CaPin.of(chain[i]).equals(pin)) {
        check(chain, i);
        return;
      }
    }
    throw new CertificateException("no certificate of the server has the pinned key " + pin);
  }

  private static void check(X509Certificate[] chain, int pinned) throws CertificateException {
    chain[pinned].checkValidity();
    List<String> uses = chain[0].getExtendedKeyUsage();
    // A certificate that is pinned itself may leave its use open.
    boolean forServers = uses == null ? pinned == 0 : uses.contains(SERVER_AUTH);
    if (!forServers) {
      throw new CertificateException("the certificate is not meant for servers");
    }
    if (pinned == 0) {
      return;
    }
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(chain[pinned], null)));
      parameters.setRevocationEnabled(false);
      CertPath path =
          CertificateFactory.getInstance("X.509")
              .generateCertPath(List.of(chain).subList(0, pinned));
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the chain does not hold: " + e.getMessage(), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("the agent is no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
