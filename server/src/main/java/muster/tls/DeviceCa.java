package muster.tls;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.account.CertificateAuthority;
import muster.account.DeviceCertificates;
import muster.fault.Fault;
import muster.id.DeviceId;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/// The [LocalCa] as it issues to devices.
public final class DeviceCa implements CertificateAuthority {
  private static final Duration LIFE = Duration.ofDays(30);

  /// How far behind a device's clock may be.
  private static final Duration BEFORE = Duration.ofHours(1);

  private final X509Certificate ca;
  private final PrivateKey caKey;

  DeviceCa(X509Certificate ca, PrivateKey caKey) {
    this.ca = ca;
    this.caKey = caKey;
  }

  /// Whose certificates the TLS handshake takes.
  public DeviceTrust trust() {
    return new DeviceTrust(ca);
  }

  /// @throws Fault INVALID_ARGUMENT
  @Override
  public DeviceKey requested(String csr) {
    return new DeviceKey(Csr.key(csr), Optional.empty());
  }

  @Override
  public DeviceKey newKey() {
    KeyPair pair = LocalCa.newKey();
    return new DeviceKey(pair.getPublic(), Optional.of(pair.getPrivate()));
  }

  @Override
  public Issued issue(DeviceId device, DeviceKey key, Instant now) {
    X509Certificate certificate = certificate(device, key, now);
    String pem = Pem.text(certificate) + Pem.text(ca) + key.privateKey().map(Pem::text).orElse("");
    return new Issued(certificate, pem);
  }

  private X509Certificate certificate(DeviceId device, DeviceKey key, Instant now) {
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            ca,
            LocalCa.serial(),
            LocalCa.date(now.minus(BEFORE)),
            LocalCa.date(now.plus(LIFE)),
            new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, DeviceCertificates.commonName(device.value()))
                .build(),
            key.publicKey());
    GeneralName name =
        new GeneralName(
            GeneralName.uniformResourceIdentifier, DeviceCertificates.uri(device.value()));
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
      return LocalCa.sign(builder, caKey);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }
}
