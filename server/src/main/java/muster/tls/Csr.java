package muster.tls;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import java.util.Set;
import muster.fault.Fault;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// Certification requests (PKCS#10, RFC 2986), of which only the key counts and that whoever asks
/// has its private half. Ed25519 is none of the good ones: BoringSSL, which the handshake is done
/// with, asks clients for no such signature, so that such a certificate would never be shown.
final class Csr {
  private static final int MAX_LENGTH = 16 * 1024;
  private static final int MIN_RSA_BITS = 2048;

  /// From here on a signature costs more to check than a request should.
  private static final int MAX_RSA_BITS = 4096;

  private static final Set<ASN1ObjectIdentifier> CURVES =
      Set.of(SECObjectIdentifiers.secp256r1, SECObjectIdentifiers.secp384r1);
  private static final Set<String> LABELS =
      Set.of("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"); // RFC 7468 section 7

  private Csr() {}

  /// @throws Fault INVALID_ARGUMENT
  static PublicKey key(String pem) {
    if (pem.length() > MAX_LENGTH) {
      throw Fault.invalid("csr", pem.length() + " characters", "at most %d".formatted(MAX_LENGTH));
    }
    PKCS10CertificationRequest request = parse(pem);
    PublicKey key = key(request.getSubjectPublicKeyInfo());
    if (!isSigned(request, key)) {
      throw Fault.invalid("csr", "its signature", "one by the key it is for");
    }
    return key;
  }

  private static PKCS10CertificationRequest parse(String pem) {
    try (PemReader reader = new PemReader(new StringReader(pem))) {
      Optional<PemObject> object = Optional.ofNullable(reader.readPemObject());
      if (object.isPresent() && LABELS.contains(object.get().getType())) {
        return new PKCS10CertificationRequest(object.get().getContent());
      }
    } catch (IOException | RuntimeException e) {
      // Told below: whatever bytes a device sends, the parser may throw anything at them.
    }
    throw Fault.invalid("csr", "not one", "-----BEGIN CERTIFICATE REQUEST----- (PKCS#10)");
  }

  private static PublicKey key(SubjectPublicKeyInfo info) {
    try {
      ASN1ObjectIdentifier algorithm = info.getAlgorithm().getAlgorithm();
      X509EncodedKeySpec encoded = new X509EncodedKeySpec(info.getEncoded());
      if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)
          && info.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier curve
          && CURVES.contains(curve)) {
        return KeyFactory.getInstance("EC").generatePublic(encoded);
      }
      if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)
          && KeyFactory.getInstance("RSA").generatePublic(encoded) instanceof RSAPublicKey rsa
          && rsa.getModulus().bitLength() >= MIN_RSA_BITS
          && rsa.getModulus().bitLength() <= MAX_RSA_BITS) {
        return rsa;
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Told below.
    }
    throw Fault.invalid("csr", "its key", "P-256, P-384, or RSA of 2048 to 4096 bits");
  }

  private static boolean isSigned(PKCS10CertificationRequest request, PublicKey key) {
    try {
      return request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key));
    } catch (OperatorCreationException | PKCSException | RuntimeException e) {
      return false;
    }
  }
}
