package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// TLS beside plaintext on one port, with the CA that `GET /install/ca.pem` hands out.
class TlsTest {
  private static TestMuster muster;
  private static X509Certificate ca;
  private static SSLContext trusting;

  @BeforeAll
  static void start() throws GeneralSecurityException, IOException {
    muster = TestMuster.start();
    byte[] pem = muster.anonymous().get("/install/ca.pem").expect(200).bytes();
    ca =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem));
    KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
    trust.load(null, null);
    trust.setCertificateEntry("ca", ca);
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trust);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, managers.getTrustManagers(), null);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static HttpResponse<String> get(
      HttpClient.Version version, SSLContext context, String scheme, String host, String path)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().version(version).sslContext(context).build()) {
      URI uri = URI.create("%s://%s:%d%s".formatted(scheme, host, muster.port(), path));
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .header("Authorization", "Bearer " + muster.adminKey())
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void https_withTheCa_isAnswered(HttpClient.Version version) throws Exception {
    for (String host : new String[] {"127.0.0.1", "localhost"}) {
      HttpResponse<String> response = get(version, trusting, "https", host, "/api/me");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.version()).isEqualTo(version);
      assertThat(response.headers().firstValue("x-request-id")).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void plaintext_onTheSamePort_isAnswered(HttpClient.Version version) throws Exception {
    // The first request asks for the upgrade to h2c.
    HttpResponse<String> response = get(version, trusting, "http", "127.0.0.1", "/api/me");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.version()).isEqualTo(version);
  }

  @Test
  void https_withoutTheCa_isNotTrusted() throws GeneralSecurityException {
    SSLContext system = SSLContext.getDefault();
    assertThatThrownBy(
            () -> get(HttpClient.Version.HTTP_2, system, "https", "127.0.0.1", "/healthz"))
        .isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void chain_endsAtTheCaWhosePinIsTold() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", muster.port())) {
      socket.startHandshake();
      X509Certificate server = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      server.verify(ca.getPublicKey());
      assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
      assertThat(server.getBasicConstraints()).isEqualTo(-1);
      assertThat(socket.getSession().getProtocol()).isIn("TLSv1.3", "TLSv1.2");
    }
    String pin =
        Base64.getEncoder()
            .encodeToString(
                MessageDigest.getInstance("SHA-256").digest(ca.getPublicKey().getEncoded()));
    assertThat(muster.admin().get("/v1/server").expect(200).text("ca_sha256")).isEqualTo(pin);
  }

  @Test
  void foldedHeader_overTls_isMalformed() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", muster.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /healthz HTTP/1.1\r\nHost: muster\r\nX-Bad: a\r\n b\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 400");
    }
  }

  @Test
  void restart_keepsCaAndKey() throws Exception {
    try (TestMuster own = TestMuster.start()) {
      byte[] before = own.anonymous().get("/install/ca.pem").expect(200).bytes();
      own.restart();
      assertThat(own.anonymous().get("/install/ca.pem").expect(200).bytes()).isEqualTo(before);
    }
  }
}
