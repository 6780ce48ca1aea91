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
import java.util.concurrent.CompletableFuture;
import muster.agent.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FirstContactTest {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private static ServerAddress at(URI server) {
    return ServerAddress.parse("https://127.0.0.1:" + server.getPort());
  }

  @Test
  void serverThatNobodyVouchesFor_isKnownByTheKeyOfItsAuthority(@TempDir Path directory)
      throws Exception {
    TestCertificates certificates = TestCertificates.make(directory);
    try (TestServer server =
        new TestServer(certificates.context("server").getServerSocketFactory(), "https")) {
      assertThat(FirstContact.with(at(server.base()), WITHIN))
          .isEqualTo(new FirstContact.Unknown(certificates.pin("ca")));
    }
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
