package muster.account;

import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import muster.fault.Fault;
import muster.id.DeviceId;

/// Makes the certificates that devices show in the TLS handshake.
public interface CertificateAuthority {
  /// What a certificate is for; the private key is here only when the server made it.
  record DeviceKey(PublicKey publicKey, Optional<PrivateKey> privateKey) {
    /// Never shows a key.
    @Override
    public String toString() {
      return "DeviceKey[" + publicKey.getAlgorithm() + "]";
    }
  }

  /// @param pem the certificate, the authority's, and the private key when the server made it: to
  ///   be shown once and stored nowhere
  record Issued(X509Certificate certificate, String pem) {
    public Instant expiresAt() {
      return certificate.getNotAfter().toInstant();
    }

    /// Never shows the key.
    @Override
    public String toString() {
      return "Issued[" + DeviceCertificates.id(certificate) + "]";
    }
  }

  /// The key that has signed the request, of which nothing else counts.
  ///
  /// @param csr a certification request (PKCS#10, RFC 2986) in PEM, at most 16 KiB, by a key on
  ///   P-256 or P-384, or of RSA with 2048 to 4096 bits
  /// @throws Fault INVALID_ARGUMENT
  DeviceKey requested(String csr);

  /// A new key on P-256.
  DeviceKey newKey();

  /// A certificate for that device ([DeviceCertificates]), good from an hour before `now` until 30
  /// days after it.
  Issued issue(DeviceId device, DeviceKey key, Instant now);
}
