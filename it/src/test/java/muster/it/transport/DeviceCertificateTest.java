package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import muster.account.CertificateAuthority;
import muster.backup.DataDirectory;
import muster.id.DeviceId;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.tls.LocalCa;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Certificates as devices' credentials, over real TLS (F071, F072).
class DeviceCertificateTest {
  private static final String ROUTE = "/v1/device/certificate";

  private TestMuster muster;
  private FakeDevice device;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
    device = muster.enroll("certified");
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private Certified issued(FakeDevice to) {
    return Certified.with(
        muster, muster.client(to.token()).post(ROUTE, Map.of()).expect(200).text("certificate"));
  }

  private void decide(String step) {
    muster.admin().post("/api/devices/" + device.id() + "/" + step, Map.of()).expect(200);
  }

  @Test
  @Tag("F071")
  void certificate_byRequest_isTheDevicesCredential() throws Exception {
    KeyPair key = Certified.newKey();
    TestReply reply =
        muster.client(device.token()).post(ROUTE, Map.of("csr", Certified.csr(key))).expect(200);

    String pem = reply.text("certificate");
    assertThat(pem).doesNotContain("PRIVATE KEY");
    X509Certificate certificate = Certified.certificate(pem);
    assertThat(certificate.getPublicKey()).isEqualTo(key.getPublic());
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=" + device.id());
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "muster:device:" + device.id()));
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(Instant.parse(reply.text("expires_at")))
        .isEqualTo(certificate.getNotAfter().toInstant())
        .isBetween(
            muster.clock().instant().plus(Duration.ofDays(30)).minusSeconds(60),
            muster.clock().instant().plus(Duration.ofDays(30)));
    Certified.with(muster, pem, key.getPrivate()).report(device.id()).expect(200);
    JsonNode row = muster.admin().get("/v1/audit?action=device.certificate").expect(200).json();
    assertThat(row.toString()).contains("device:" + device.id(), "crt_");
  }

  @Test
  @Tag("F071")
  void certificate_withoutARequest_comesWithItsKey_andRenewsItself() throws IOException {
    Certified first = issued(device);
    first.report(device.id()).expect(200);

    String next = first.post(ROUTE, "{}", Map.of()).expect(200).text("certificate");

    Certified.with(muster, next).report(device.id()).expect(200);
    first.report(device.id()).expect(200);
  }

  @Test
  @Tag("F071")
  void sixthCertificate_endsTheOldest() throws IOException {
    List<Certified> certificates = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      certificates.add(issued(device));
      muster.clock().advance(Duration.ofSeconds(1));
    }
    certificates.get(0).report(device.id()).expect(401);
    certificates.get(1).report(device.id()).expect(200);
    certificates.get(5).report(device.id()).expect(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("F071")
  void revocation_endsTheCertificateAtOnce_alsoOfATlsSessionTakenUpAgain(String version)
      throws IOException {
    Certified certified = issued(device);
    Certified.Exchange first = certified.reportOnce(device.id(), version);
    assertThat(first.statusLine()).contains("200");
    Certified.Exchange again = certified.reportOnce(device.id(), version);
    assertThat(again.statusLine()).contains("200");
    assertThat(again.sessionSince()).isEqualTo(first.sessionSince());

    decide("revoke-token");

    Certified.Exchange late = certified.reportOnce(device.id(), version);
    assertThat(late.statusLine()).contains("401");
    assertThat(late.sessionSince()).isEqualTo(first.sessionSince());
  }

  @Test
  @Tag("F071")
  void blockedDevice_isRefusedWithAGoodCertificate() throws IOException {
    Certified certified = issued(device);
    decide("block");
    certified.report(device.id()).expect(403);
    certified.post(ROUTE, "{}", Map.of()).expect(403);
    decide("unblock");
    certified.report(device.id()).expect(200);
  }

  @Test
  @Tag("F071")
  void deletionAndEnrollingAgain_endTheCertificate() throws IOException {
    Certified replaced = issued(device);
    device = FakeDevice.enroll(muster, "certified", device.hardwareId());
    replaced.report(device.id()).expect(401);

    Certified deleted = issued(device);
    muster.admin().delete("/v1/devices/" + device.id()).expect(204);
    deleted.report(device.id()).expect(401);
  }

  @Test
  @Tag("F071")
  void expiredCertificate_isToldSo_andTheTokenRenewsIt() throws IOException {
    Certified certified = issued(device);
    muster.clock().advance(Duration.ofDays(30).plusSeconds(1));
    certified.report(device.id()).expect(401);
    issued(device).report(device.id()).expect(200);
  }

  @Test
  @Tag("F071")
  void certificateOfAnotherAuthority_breaksTheHandshake(@TempDir Path elsewhere) {
    LocalCa foreign = LocalCa.open(elsewhere, List.of("localhost"), muster.clock().instant());
    CertificateAuthority authority = foreign.forDevices();
    String pem =
        authority
            .issue(new DeviceId(device.id()), authority.newKey(), muster.clock().instant())
            .pem();
    Certified certified = Certified.with(muster, pem);
    assertThatThrownBy(() -> certified.report(device.id())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> certified.get("/healthz", Map.of())).isInstanceOf(IOException.class);
  }

  @Test
  @Tag("F071")
  void certificateOfItsOwn_withTheNameOfADevice_breaksTheHandshake() throws Exception {
    KeyPair key = Certified.newKey();
    Certified certified =
        Certified.with(muster, Certified.selfSigned(key, device.id()), key.getPrivate());
    assertThatThrownBy(() -> certified.report(device.id())).isInstanceOf(IOException.class);
  }

  @Test
  @Tag("F071")
  void certificateOfTheServer_isNobodys() throws IOException {
    Path tls = DataDirectory.tls(muster.data());
    Certified certified =
        Certified.with(
            muster,
            Files.readString(tls.resolve("server.pem"))
                + Files.readString(tls.resolve("server.key")));
    certified.report(device.id()).expect(401);
  }

  @Test
  @Tag("F071")
  void certificateOfAnotherDevice_isRefusedAsItsKeyIs() throws IOException {
    issued(muster.enroll("other")).report(device.id()).expect(403);
  }

  @Test
  @Tag("F072")
  void certificateAndToken_mustBeOfTheSameDevice() throws IOException {
    FakeDevice other = muster.enroll("other");
    Certified certified = issued(device);
    String path = "/api/agents/" + device.id() + "/report";
    for (String place : List.of("X-Agent-Key", "Authorization")) {
      String scheme = place.equals("Authorization") ? "Bearer " : "";
      certified.post(path, "{}", Map.of(place, scheme + device.token())).expect(200);
      certified.post(path, "{}", Map.of(place, scheme + other.token())).expect(401);
      certified.post(path, "{}", Map.of(place, scheme + muster.adminKey())).expect(401);
      certified.post(path, "{}", Map.of(place, scheme + device.token() + "x")).expect(401);
    }
  }

  @Test
  @Tag("F071")
  void certificate_isADevicesOnRoutesOfPeopleToo() throws IOException {
    Map<String, String> admin = Map.of("Authorization", "Bearer " + muster.adminKey());
    Certified certified = issued(device);
    certified.get("/v1/devices", Map.of()).expect(403);
    certified.get("/v1/devices", admin).expect(401);
    certified.get("/healthz", Map.of()).expect(200);
  }

  @Test
  @Tag("F071")
  void handshakeWithoutACertificate_isAsEver() throws IOException {
    Certified nothing = Certified.withNothing(muster);
    nothing.get("/v1/devices", Map.of("X-API-Key", muster.adminKey())).expect(200);
    nothing.report(device.id()).expect(401);
  }

  @ParameterizedTest
  @CsvSource({"EC, secp256r1", "EC, secp384r1", "RSA, 2048"})
  @Tag("F071")
  void certificate_isForEachKindOfKeyThatIsGood(String algorithm, String size) throws IOException {
    KeyPair key = Certified.newKey(algorithm, size);
    String pem =
        muster
            .client(device.token())
            .post(ROUTE, Map.of("csr", Certified.csr(key)))
            .expect(200)
            .text("certificate");
    Certified.with(muster, pem, key.getPrivate()).report(device.id()).expect(200);
  }

  @Test
  @Tag("F071")
  void request_thatIsNone_isRefusedByTheNameOfItsField() {
    KeyPair key = Certified.newKey();
    String good = Certified.csr(key);
    Map<String, String> bad =
        Map.of(
            Certified.csr(Certified.newKey("RSA", "1024")),
            "2048 to 4096 bits",
            Certified.csr(Certified.newKey("EC", "secp521r1")),
            "P-256, P-384",
            Certified.csr(Certified.newKey("Ed25519", "")),
            "P-256, P-384",
            Certified.csr(Certified.newKey().getPublic(), key),
            "its signature",
            good.replace("CERTIFICATE REQUEST", "PUBLIC KEY"),
            "BEGIN CERTIFICATE REQUEST",
            good.substring(0, 100),
            "BEGIN CERTIFICATE REQUEST",
            "",
            "BEGIN CERTIFICATE REQUEST",
            "x".repeat(17_000),
            "at most 16384");
    bad.forEach((csr, expected) -> {
      TestReply reply = muster.client(device.token()).post(ROUTE, Map.of("csr", csr)).expect(400);
      assertThat(reply.body()).contains("csr: ", expected);
    });
  }

  @Test
  @Tag("F071")
  void socket_byCertificate_isCutWhenTheDeviceIsRevoked() throws Exception {
    Certified certified = issued(device);
    device.certifiedBy(certified.client()).connect();
    assertThat(muster.admin().get("/v1/devices/" + device.id()).expect(200).text("status"))
        .isEqualTo("online");

    decide("revoke-token");

    assertThat(device.awaitClose().code()).isEqualTo(4403);
    assertThatThrownBy(() -> device.certifiedBy(certified.client()).open())
        .isInstanceOf(ExecutionException.class);
  }

  @Test
  @Tag("F071")
  void pendingDevice_getsNoCertificate() {
    FakeDevice pending = muster.pair("pending");
    muster.client(pending.token()).post(ROUTE, Map.of()).expect(403);
  }
}
