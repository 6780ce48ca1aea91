package muster.it.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tunnels to ports of the device's own machine, on the real agent.
class RemoteTunnelTest {
  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;
  private static ServerSocket echo;

  @BeforeAll
  static void start() throws IOException {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
    agent = RealAgent.start(muster, directory);
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(RemoteTunnelTest::serve);
  }

  /// Sends back what it gets, and a last word after the last byte.
  private static void serve() {
    while (!echo.isClosed()) {
      try {
        Socket socket = echo.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                socket.getInputStream().transferTo(socket.getOutputStream());
                socket.getOutputStream().write("<end>".getBytes(UTF_8));
              } catch (IOException e) {
                // The test has left.
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    echo.close();
    agent.close();
    muster.close();
  }

  @AfterEach
  void stopAll() throws IOException {
    agent.noPolicy();
    muster.admin().post("/api/devices/" + agent.device() + "/remote/stop", Map.of());
  }

  private static TestReply tunnel(String target) {
    return Sitting.start(muster, agent.device(), Map.of("type", "tcp", "target", target));
  }

  private static Sitting sit(TestReply begun) {
    return Sitting.at(
        muster,
        begun.text("url").replaceFirst("&token=.*", ""),
        Map.of("Authorization", "Bearer " + muster.adminKey()));
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: bytes go to a port of the device and back, over several connections at once")
  void tcp_reachesThePort() {
    TestReply begun = tunnel("" + echo.getLocalPort()).expect(201);

    try (Sitting first = sit(begun);
        Sitting second = sit(begun)) {
      first.type("one");
      second.type("two");
      first.awaitText("one");
      second.awaitText("two");
      assertThat(muster.admin().get("/v1/remote").at("/sessions/0/connections").asInt())
          .isEqualTo(2);
    }
    await()
        .until(() -> muster.admin().get("/v1/remote").at("/sessions/0/connections").asInt() == 0);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: who has sent all says so, and still gets the rest of the answer")
  void tcp_canBeHalfClosed() {
    try (Sitting sitting = sit(tunnel("localhost:" + echo.getLocalPort()).expect(201))) {
      sitting.type("all").say("{\"type\":\"eof\"}");

      sitting.awaitText("all<end>");
      assertThat(sitting.awaitClose()).startsWith("1000");
      assertThat(sitting.controls()).containsExactly("{\"type\":\"eof\"}");
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: what is large comes whole")
  void tcp_carriesMuch() {
    byte[] block = "0123456789abcdef".repeat(4096).getBytes(UTF_8);
    try (Sitting sitting = sit(tunnel("" + echo.getLocalPort()).expect(201))) {
      for (int i = 0; i < 400; i++) {
        sitting.send(block);
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> sitting.count() == 400 * block.length);
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: http reaches a web server of the device")
  void http_reachesTheServer() throws IOException {
    HttpServer web = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("hello".getBytes(UTF_8));
          exchange.close();
        });
    web.start();
    TestReply begun =
        Sitting.start(
                muster,
                agent.device(),
                Map.of("type", "http", "target", "127.0.0.1:" + web.getAddress().getPort()))
            .expect(201);
    try (Sitting sitting = Sitting.at(muster, begun.text("url"), Map.of())) {
      sitting.type("GET / HTTP/1.0\r\nHost: x\r\n\r\n").awaitText("hello");
    } finally {
      web.stop(0);
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a port where nobody listens is told as such")
  void tcp_refused_isTold() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (Sitting sitting = sit(tunnel("" + port).expect(201))) {
      assertThat(sitting.awaitClose())
          .startsWith("4410 refused by the device: ")
          .containsIgnoringCase("connection refused");
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: without a rule a tunnel leads to the device itself only")
  void tcp_elsewhere_isDenied() {
    assertThat(tunnel("192.0.2.1:80").expect(409).text("message"))
        .isEqualTo(
            "denied by the device's policy: 192.0.2.1:80: not this machine's own address, and"
                + " there is no forward.allow");
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: the device's policy decides, for each connection anew")
  void policy_decides() throws IOException {
    TestReply begun = tunnel("" + echo.getLocalPort()).expect(201);
    agent.policy("{\"forward\":{\"allow\":[]}}");

    assertThat(tunnel("" + echo.getLocalPort()).expect(409).text("message"))
        .startsWith("denied by the device's policy: 127.0.0.1:");
    try (Sitting sitting = sit(begun)) {
      assertThat(sitting.awaitClose()).startsWith("4410 denied by the device's policy: ");
    }
  }

  @Test
  @Tag("F052")
  @DisplayName("F052: stop ends the tunnel's connections")
  void stop_endsConnections() {
    TestReply begun = tunnel("" + echo.getLocalPort()).expect(201);
    try (Sitting sitting = sit(begun)) {
      sitting.type("x").awaitText("x");
      muster.admin().post("/api/devices/" + agent.device() + "/remote/stop", Map.of()).expect(200);
      assertThat(sitting.awaitClose()).startsWith("4410 stopped by ");
    }
  }
}
