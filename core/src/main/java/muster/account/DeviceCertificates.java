package muster.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/// What a device's certificate looks like: whose it is stands in it twice, and it is good for
/// nothing but to be shown by a client. That it is ours its hash says, which is on record.
public final class DeviceCertificates {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final int URI = 6; // of GeneralName, RFC 5280 4.2.1.6
  private static final int NO_CA = -1;
  private static final int MAX_COMMON_NAME = 64; // ub-common-name, RFC 5280 appendix A.1

  private DeviceCertificates() {}

  /// The URI in the subject's alternative names.
  public static String uri(String device) {
    return "muster:device:" + device;
  }

  /// The subject's common name: the id, cut off where a name must end. The URI has all of it.
  public static String commonName(String device) {
    return device.substring(0, Math.min(device.length(), MAX_COMMON_NAME));
  }

  /// The public name of the credential: `crt_` and the serial number, hexadecimal.
  public static String id(X509Certificate certificate) {
    return "crt_" + certificate.getSerialNumber().toString(16);
  }

  /// SHA-256 of the whole certificate (DER), in hexadecimal: what is stored.
  static String hash(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("it was read and can be written", e);
    }
  }

  static boolean matches(X509Certificate certificate, String storedHash) {
    return MessageDigest.isEqual(
        hash(certificate).getBytes(StandardCharsets.UTF_8),
        storedHash.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether it is one for that device, at that time.
  static boolean fits(X509Certificate certificate, String device, Instant now) {
    try {
      return !now.isBefore(certificate.getNotBefore().toInstant())
          && now.isBefore(certificate.getNotAfter().toInstant())
          && certificate.getBasicConstraints() == NO_CA
          && List.of(CLIENT_AUTH).equals(certificate.getExtendedKeyUsage())
          && subject(certificate).equals("CN=" + commonName(device))
          && names(certificate).equals(List.of(List.of(URI, uri(device))));
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
  }

  private static List<List<?>> names(X509Certificate certificate)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return Optional.ofNullable(names).map(List::copyOf).orElse(List.of());
  }
}
