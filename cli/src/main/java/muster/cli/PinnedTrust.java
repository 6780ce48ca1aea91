package muster.cli;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts the chains that lead to one key, whatever the host is called: Muster's own CA is known by
/// the hash of its key, and the server may be reached under any address.
///
/// Carrying the pinned certificate is not enough, for everybody can copy it: the certificates
/// before it must have been signed under it. The same CA signs devices, so the server's certificate
/// must also be marked for servers.
final class PinnedTrust extends X509ExtendedTrustManager {
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
  private static final String PREFIX = "sha256/";

  private final byte[] pin;

  /// @param pin `sha256/` and the base64 of the SHA-256 of the key's SubjectPublicKeyInfo
  PinnedTrust(String pin) {
    this.pin = decode(pin);
  }

  private static byte[] decode(String pin) {
    try {
      byte[] hash =
          pin.startsWith(PREFIX)
              ? Base64.getDecoder().decode(pin.substring(PREFIX.length()))
              : null;
      if (hash != null && hash.length == 32) {
        return hash;
      }
      throw new Failure(Exit.USAGE, expected(pin));
    } catch (IllegalArgumentException e) {
      throw new Failure(Exit.USAGE, expected(pin), e);
    }
  }

  private static String expected(String pin) {
    return "ca_pin: " + pin + " (expected: sha256/ and the base64 of a SHA-256)";
  }

  /// A context that trusts by these alone; nobody when there are none.
  static SSLContext context(TrustManager... managers) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    try {
      for (int i = 0; i < chain.length; i++) {
        if (isPinned(chain[i])) {
          check(chain, i);
          return;
        }
      }
    } catch (GeneralSecurityException e) {
      throw new CertificateException("not signed under the pinned CA: " + e.getMessage(), e);
    }
    throw new CertificateException("the chain does not contain the pinned CA");
  }

  private boolean isPinned(X509Certificate certificate) throws GeneralSecurityException {
    byte[] key = certificate.getPublicKey().getEncoded();
    return MessageDigest.isEqual(pin, MessageDigest.getInstance("SHA-256").digest(key));
  }

  private static void check(X509Certificate[] chain, int pinned) throws GeneralSecurityException {
    chain[pinned].checkValidity();
    if (pinned == 0) {
      return;
    }
    List<String> uses = chain[0].getExtendedKeyUsage();
    if (uses == null || !uses.contains(SERVER_AUTHENTICATION)) {
      throw new CertificateException("the certificate is not marked for servers");
    }
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(chain[pinned], null)));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509")
                .generateCertPath(Arrays.asList(chain).subList(0, pinned)),
            parameters);
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
    throw new CertificateException("not a server");
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
