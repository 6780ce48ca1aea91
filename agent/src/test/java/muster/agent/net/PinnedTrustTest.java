package muster.agent.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import muster.agent.TestServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PinnedTrustTest {
  private TestCertificates certificates;

  @BeforeAll
  void make(@TempDir Path directory) throws Exception {
    certificates = TestCertificates.make(directory);
  }

  @Test
  void issuedByThePinnedCa_trusted() {
    assertThatCode(() -> check("ca", certificates.chain("server"))).doesNotThrowAnyException();
  }

  @Test
  void pinnedItself_trusted_evenWithoutAnyUse() {
    assertThatCode(() -> check("server", certificates.chain("server"))).doesNotThrowAnyException();
    assertThatCode(() -> check("other", certificates.chain("other"))).doesNotThrowAnyException();
  }

  @Test
  void another_refused() {
    assertThatThrownBy(() -> check("other", certificates.chain("server")))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("pinned");
  }

  @Test
  void forClientsOnly_refused() {
    assertThatThrownBy(() -> check("ca", certificates.chain("client")))
        .hasMessageContaining("not meant for servers");
  }

  @Test
  void expired_refused() {
    assertThatThrownBy(() -> check("ca", certificates.chain("expired")))
        .isInstanceOf(CertificateException.class);
    assertThatThrownBy(() -> check("expired", certificates.chain("expired")))
        .isInstanceOf(CertificateException.class);
  }

  /// The CA's certificate is public: showing it beside one's own must not help.
  @Test
  void pinnedCaThatDidNotIssueIt_refused() throws Exception {
    X509Certificate[] forged = {certificates.chain("other")[0], certificates.chain("server")[1]};
    assertThatThrownBy(() -> check("ca", forged)).isInstanceOf(CertificateException.class);
  }

  @Test
  void client_withPin_connectsWhateverTheHostName() throws Exception {
    try (TestServer server = server("server")) {
      assertThat(get(server, Optional.of(certificates.pin("ca")))).isEqualTo(404);
    }
  }

  @Test
  void client_withoutOrWithAnotherPin_doesNotConnect() throws Exception {
    try (TestServer server = server("server")) {
      assertThatThrownBy(() -> get(server, Optional.empty())).isInstanceOf(SSLException.class);
      assertThatThrownBy(() -> get(server, Optional.of(certificates.pin("other"))))
          .isInstanceOf(SSLException.class);
    }
  }

  @Test
  void pin_malformed_refused() {
    assertThatThrownBy(() -> new CaPin("sha256/abc")).hasMessageContaining("expected: sha256/");
    assertThatThrownBy(() -> new CaPin("md5/" + "A".repeat(43) + "="))
        .hasMessageContaining("expected: sha256/");
  }

  private TestServer server(String alias) throws Exception {
    return new TestServer(certificates.context(alias).getServerSocketFactory(), "https");
  }

  private static int get(TestServer server, Optional<CaPin> pin)
      throws IOException, InterruptedException {
    HttpClient client = Clients.create(pin, Duration.ofSeconds(10));
    HttpRequest request = HttpRequest.newBuilder(server.base().resolve("/x")).build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private void check(String pinned, X509Certificate[] chain) throws Exception {
    new PinnedTrust(certificates.pin(pinned)).checkServerTrusted(chain, "UNKNOWN");
  }
}
