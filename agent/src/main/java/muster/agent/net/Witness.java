package muster.agent.net;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts as the system does, and remembers what it was shown and why it is not enough.
final class Witness extends X509ExtendedTrustManager {
  private static final int MOST_NAMES = 10;

  /// The kinds of alternative names that clients compare: of hosts, and addresses (RFC 5280).
  private static final List<Integer> HOST_KINDS = List.of(2, 7);

  private final X509ExtendedTrustManager system = system();
  private Optional<FirstContact> seen = Optional.empty();

  private static X509ExtendedTrustManager system() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager system) {
          return system;
        }
      }
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has PKIX", e);
    }
    throw new AssertionError("every JDK trusts certificates");
  }

  /// What its certificates say of the server; empty when it sent none.
  Optional<FirstContact> seen() {
    return seen;
  }

  /// A check of the system's, perhaps with the server's name.
  private interface Check {
    void run() throws CertificateException;
  }

  private void judge(X509Certificate[] chain, String authType, Check check)
      throws CertificateException {
    try {
      check.run();
      seen = Optional.of(new FirstContact.Trusted());
    } catch (CertificateException e) {
      seen =
          Optional.of(
              isTrustedForOthers(chain, authType)
                  ? new FirstContact.OtherName(names(chain[0]))
                  : new FirstContact.Unknown(CaPin.of(own(chain))));
      throw e;
    }
  }

  private boolean isTrustedForOthers(X509Certificate[] chain, String authType) {
    try {
      system.checkServerTrusted(chain, authType);
      return true;
    } catch (CertificateException e) {
      return false;
    }
  }

  /// What may be pinned: with an authority's key, whatever it signs is let in under any name. So it
  /// must be the server's own, which one that others sign for or trust is not.
  private X509Certificate own(X509Certificate[] chain) {
    X509Certificate last = chain[chain.length - 1];
    return isSelfSigned(last) && !isTrusted(last.getPublicKey()) ? last : chain[0];
  }

  private static boolean isSelfSigned(X509Certificate certificate) {
    try {
      certificate.verify(certificate.getPublicKey());
      return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private boolean isTrusted(PublicKey key) {
    return Stream.of(system.getAcceptedIssuers())
        .anyMatch(issuer -> issuer.getPublicKey().equals(key));
  }

  /// Those that clients look at, fit to be shown; its subject when there are none.
  private static List<String> names(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
    List<String> names =
        alternatives == null
            ? List.of()
            : alternatives.stream()
                .filter(alternative -> HOST_KINDS.contains(alternative.get(0)))
                .map(alternative -> printable(alternative.get(1)))
                .limit(MOST_NAMES)
                .toList();
    return names.isEmpty()
        ? List.of(printable(certificate.getSubjectX500Principal().getName()))
        : names;
  }

  private static String printable(Object name) {
    return name.toString().replaceAll("[^\\x20-\\x7e]", "?");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    judge(chain, authType, () -> system.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    judge(chain, authType, () -> system.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    judge(chain, authType, () -> system.checkServerTrusted(chain, authType, engine));
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
    return system.getAcceptedIssuers();
  }
}
