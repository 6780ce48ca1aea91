package muster.agent.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import muster.agent.TestServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FirstContactTest {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private TestCertificates certificates;

  @BeforeAll
  void make(@TempDir Path directory) throws Exception {
    certificates = TestCertificates.make(directory);
  }

  private static ServerAddress at(URI server) {
    return ServerAddress.parse("https://127.0.0.1:" + server.getPort());
  }

  private FirstContact with(SSLContext tls) throws Exception {
    try (TestServer server = new TestServer(tls.getServerSocketFactory(), "https")) {
      return FirstContact.with(at(server.base()), WITHIN);
    }
  }

  private FirstContact.Unknown unknown(String alias) throws Exception {
    return new FirstContact.Unknown(certificates.pin(alias));
  }

  @Test
  void serverThatNobodyVouchesFor_isKnownByTheKeyOfItsAuthority() throws Exception {
    assertThat(with(certificates.context("server"))).isEqualTo(unknown("ca"));
    assertThat(with(certificates.context("leaf"))).isEqualTo(unknown("ca"));
    assertThat(with(certificates.context("other"))).isEqualTo(unknown("other"));
  }

  @Test
  void chainWithoutItsRoot_isKnownByTheServersOwnKey() throws Exception {
    assertThat(with(certificates.context("leaf", 2))).isEqualTo(unknown("leaf"));
    assertThat(with(certificates.context("leaf", 1))).isEqualTo(unknown("leaf"));
  }

  @Test
  void certificateOfATrustedAuthority_forAnotherName_isNoReasonToPinThatAuthority()
      throws Exception {
    certificates.whileTrusted(() -> {
      for (int sent = 2; sent <= 3; sent++) {
        assertThat(with(certificates.context("elsewhere", sent)))
            .isEqualTo(new FirstContact.OtherName(List.of("away.example")));
      }
      assertThat(with(certificates.context("leaf", 2)))
          .isEqualTo(new FirstContact.OtherName(List.of("CN=leaf")));
    });
  }

  @Test
  void trustedAuthority_isNeverWhatMayBePinned() throws Exception {
    certificates.whileTrusted(
        () -> assertThat(with(certificates.context("expired"))).isEqualTo(unknown("expired")));
  }

  @Test
  void serverWithoutTls_isPlain() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> refuse(listener));
      URI server = URI.create("http://127.0.0.1:" + listener.getLocalPort());
      assertThat(FirstContact.with(at(server), WITHIN)).isEqualTo(new FirstContact.Plain());
      answered.get();
    }
  }

  private static void refuse(ServerSocket listener) {
    try (Socket socket = listener.accept()) {
      assertThat(socket.getInputStream().read()).isNotNegative();
      socket
          .getOutputStream()
          .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nobodyThere_isToldSo() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(
            () -> FirstContact.with(ServerAddress.parse("https://127.0.0.1:" + port), WITHIN))
        .isInstanceOf(IOException.class);
  }
}
