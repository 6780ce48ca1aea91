package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.List;
import muster.account.CertificateAuthority;
import muster.account.DeviceCertificates;
import muster.auth.Origin;
import muster.auth.Token;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.tls.LocalCa;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which certificates are credentials: those on record, in their form and time, until the token
/// ends that they stem from, through whichever others they came.
class CertificatesOnRecordTest {
  @TempDir Path directory;
  private CoreRig rig;
  private LocalCa ca;
  private CertificateAuthority authority;
  private DeviceId device;
  private Token before;
  private Token after;
  private X509Certificate ofBefore;
  private X509Certificate ofAfter;

  @BeforeEach
  void start() {
    rig = new CoreRig(directory);
    ca = LocalCa.open(directory.resolve("tls"), List.of("localhost"), rig.clock.instant());
    authority = ca.forDevices();
    device = rig.device("dev_1");
    before = rig.newCredential(device);
    after = rig.credentials.addDeviceCredential(device.value());
    ofBefore = issued(DeviceCertificates.id(issued(before.id())));
    ofAfter = issued(DeviceCertificates.id(issued(after.id())));
    expectGood(ofBefore);
    expectGood(ofAfter);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /// @param asker the id of a token, or of a certificate that is renewed
  private X509Certificate issued(String asker) {
    X509Certificate certificate =
        authority.issue(device, authority.newKey(), rig.clock.instant()).certificate();
    rig.credentials.addCertificate(device.value(), asker, certificate);
    return certificate;
  }

  private void expectGood(X509Certificate certificate) {
    assertThatCode(() -> rig.credentials.authenticateCertificate(certificate, Origin.SERVER))
        .doesNotThrowAnyException();
  }

  private void expectDead(X509Certificate certificate) {
    assertThatThrownBy(() -> rig.credentials.authenticateCertificate(certificate, Origin.SERVER))
        .isInstanceOf(Fault.class);
  }

  @Test
  void keyThatReplacesOthers_leavesItsOwnCertificates() {
    rig.credentials.retireOthers(after, device.value());
    expectDead(ofBefore);
    expectGood(ofAfter);
  }

  @Test
  void keyThatIsTakenAway_takesItsCertificates() {
    rig.credentials.revokeDevice(after);
    expectDead(ofAfter);
    expectGood(ofBefore);
  }

  @Test
  void allKeys_takeAllCertificates() {
    rig.credentials.revokeAllOf(Token.Kind.DEVICE, device.value());
    expectDead(ofBefore);
    expectDead(ofAfter);
  }

  @Test
  void certificateOnRecord_ofAnotherDevice_isNobodys() {
    X509Certificate other =
        authority
            .issue(new DeviceId("dev_2"), authority.newKey(), rig.clock.instant())
            .certificate();
    rig.credentials.addCertificate(device.value(), before.id(), other);
    expectDead(other);
  }

  @Test
  void certificateOnRecord_ofAServer_isNobodys() {
    X509Certificate server = ca.serverChain().getFirst();
    rig.credentials.addCertificate(device.value(), before.id(), server);
    expectDead(server);
  }

  @Test
  void anotherCertificateOfTheSameNumber_isNobodys() throws Exception {
    X509Certificate second = lookAlike(ofAfter);
    assertThat(DeviceCertificates.id(second)).isEqualTo(DeviceCertificates.id(ofAfter));
    expectDead(second);
    assertThat(rig.credentials.isRemembered(second)).isFalse();
    assertThat(rig.credentials.isRemembered(ofAfter)).isTrue();
  }

  /// With all that a certificate says, for another key.
  private static X509Certificate lookAlike(X509Certificate of) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair key = generator.generateKeyPair();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            of.getIssuerX500Principal(),
            of.getSerialNumber(),
            of.getNotBefore(),
            of.getNotAfter(),
            of.getSubjectX500Principal(),
            key.getPublic());
    X509CertificateHolder holder = new JcaX509CertificateHolder(of);
    for (Object extension : holder.getExtensionOIDs()) {
      ASN1ObjectIdentifier oid = (ASN1ObjectIdentifier) extension;
      builder.copyAndAddExtension(oid, holder.getExtension(oid).isCritical(), holder);
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }
}
