package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A fleet that comes back all at once: its TLS connections are let in at a rate, people meanwhile.
class AcceptGateTest {
  private static final int RATE = 20;
  private static final int BURST = 10;
  private static final int STORM = 200;

  /// The fleet's address; people are at 127.0.0.1.
  private static final String FLEET = "127.0.0.2";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private TestMuster muster;
  private SSLContext trustingAll;

  @BeforeEach
  void start() throws Exception {
    muster = TestMuster.start(config -> config.withServer(config.server().withHandshakes(RATE)));
    trustingAll = SSLContext.getInstance("TLS");
    trustingAll.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    muster.close();
  }

  /// Whether the handshake was made; false when the server closed the connection instead.
  private boolean shakesHands() {
    try (Socket plain = new Socket()) {
      plain.bind(new InetSocketAddress(FLEET, 0));
      plain.connect(new InetSocketAddress("127.0.0.1", muster.port()), 20_000);
      plain.setSoTimeout(20_000);
      try (SSLSocket socket =
          (SSLSocket)
              trustingAll
                  .getSocketFactory()
                  .createSocket(plain, "127.0.0.1", muster.port(), true)) {
        socket.startHandshake();
        return true;
      }
    } catch (IOException e) {
      return false;
    }
  }

  /// One request over a TLS connection of its own.
  private int call() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().sslContext(trustingAll).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:%d/api/me".formatted(muster.port())))
              .header("Authorization", "Bearer " + muster.adminKey())
              .timeout(Duration.ofSeconds(20))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }

  private long metric(String name) {
    return muster
        .admin()
        .get("/metrics")
        .expect(200)
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  private long admitted() {
    return metric("muster_admissions_total{kind=\"tls\",outcome=\"admitted\"}");
  }

  private long refused() {
    return metric("muster_admissions_total{kind=\"tls\",outcome=\"refused\"}");
  }

  @Test
  void storm_isAdmittedAtTheRate_whilePeopleAreAnswered() throws Exception {
    assertThat(call()).as("a person, known from now on").isEqualTo(200);
    assertThat(admitted()).isEqualTo(1);
    long began = System.nanoTime();
    List<Future<Boolean>> storm = new ArrayList<>();
    for (int i = 0; i < STORM; i++) {
      storm.add(threads.submit(this::shakesHands));
    }
    Awaitility.await().until(() -> metric("muster_admissions_waiting") > 0);
    int calls = 0;
    while (calls < 5) {
      assertThat(call()).isEqualTo(200);
      calls++;
    }
    assertThat(admitted() - 1 - calls)
        .as("of the fleet, by now")
        .isLessThanOrEqualTo(BURST + 1 + RATE * (System.nanoTime() - began) / 1_000_000_000);
    int welcome = 0;
    for (Future<Boolean> one : storm) {
      welcome += one.get() ? 1 : 0;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat(welcome).isBetween(BURST, (int) (BURST + 1 + RATE * seconds));
    assertThat(refused()).isPositive();
    assertThat(admitted() - 1 - calls + refused()).isEqualTo(STORM);
    Awaitility.await().until(() -> metric("muster_admissions_waiting") == 0);
    // Who was refused comes back, and gets in.
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(this::shakesHands);
  }

  @Test
  void plainConnections_passWhateverWaits() {
    for (int i = 0; i < STORM; i++) {
      threads.submit(this::shakesHands);
    }
    Awaitility.await().until(() -> metric("muster_admissions_waiting") > 0);
    for (int i = 0; i < 20; i++) {
      assertThat(
              RawConnection.ask(
                      muster, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .status())
          .isEqualTo(200);
    }
    assertThat(refused()).isPositive();
  }

  /// Plain sockets of devices wait for their moment as handshakes do, at eight times the rate; what
  /// people ask passes.
  @Test
  void plainDevices_areAdmittedAtARateOfTheirOwn_whilePeopleAreAnswered() throws Exception {
    int rate = RATE * 8;
    long began = System.nanoTime();
    List<Future<Integer>> storm = new ArrayList<>();
    for (int i = 0; i < 2 * STORM; i++) {
      storm.add(threads.submit(this::upgrade));
    }
    Awaitility.await().until(() -> metric("muster_admissions_waiting") > 0);
    assertThat(
            RawConnection.ask(
                    muster, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .status())
        .isEqualTo(200);
    for (Future<Integer> one : storm) {
      assertThat(one.get()).as("a stranger's socket").isIn(401, 429);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat(2 * STORM).isLessThanOrEqualTo((int) (rate / 10 + 1 + rate * seconds));
    assertThat(metric("muster_admissions_total{kind=\"plain\",outcome=\"admitted\"}"))
        .isEqualTo(2 * STORM);
  }

  private int upgrade() {
    try (RawConnection device = RawConnection.from(FLEET, muster)) {
      device.send(
          """
          GET /device/ws HTTP/1.1\r
          Host: x\r
          Connection: Upgrade\r
          Upgrade: websocket\r
          Sec-WebSocket-Version: 13\r
          Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
          \r
          """);
      return device.head().status();
    }
  }

  @Test
  void connection_closedWhileItWaits_leavesNothingBehind() {
    for (int i = 0; i < BURST; i++) {
      assertThat(shakesHands()).isTrue();
    }
    List<RawConnection> connections = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      RawConnection one = RawConnection.to(muster);
      one.send(new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 0});
      connections.add(one);
    }
    Awaitility.await().until(() -> metric("muster_admissions_waiting") > 0);
    connections.forEach(RawConnection::close);
    Awaitility.await().until(() -> metric("muster_admissions_waiting") == 0);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(this::shakesHands);
  }

  /// The tests are about when, not about whom.
  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
