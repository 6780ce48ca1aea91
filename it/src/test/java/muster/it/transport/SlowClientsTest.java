package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Clients that hold a connection by saying next to nothing (trust 37). The server's patience is 10
/// s; what takes it runs at once.
class SlowClientsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static String get(String path) {
    return "GET %s HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\n\r\n"
        .formatted(path, muster.adminKey());
  }

  private static RawConnection saying(String beginning) {
    RawConnection connection = RawConnection.to(muster);
    connection.send(beginning);
    return connection;
  }

  @Test
  @DisplayName("500 who never end a request are cut, and who does is served meanwhile")
  void manySlowClients_areCutAndOthersServed() {
    List<RawConnection> slow = new ArrayList<>();
    try {
      String kept = get("/healthz");
      for (int i = 0; i < 125; i++) {
        slow.add(saying("GET /healthz HTTP/1.1\r\nX-Slow: "));
        slow.add(
            saying(
                "POST /api/login HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 4000\r\n\r\n{"));
        slow.add(saying("\u0016\u0003\u0001\u0002\u0000"));
        RawConnection second = saying(kept);
        assertThat(second.answer().status()).isEqualTo(200);
        second.send("GET /healthz HTTP/1.1\r\nX-Slow: ");
        slow.add(second);
      }
      int served = 0;
      long began = System.nanoTime();
      while (!slow.isEmpty() && System.nanoTime() - began < PATIENCE.toNanos()) {
        slow.removeIf(connection -> isGone(connection));
        muster.admin().get("/api/me").expect(200);
        served++;
      }
      assertThat(slow).isEmpty();
      assertThat(served).isGreaterThan(5);
    } finally {
      slow.forEach(RawConnection::close);
    }
  }

  /// Says one more byte, as a slow client does.
  private static boolean isGone(RawConnection connection) {
    try {
      if (connection.isCutWithin(Duration.ofMillis(1))) {
        connection.close();
        return true;
      }
      connection.send("a");
      return false;
    } catch (UncheckedIOException e) {
      connection.close();
      return true;
    }
  }

  @Test
  @DisplayName("a body that does not come is answered 408, and the connection is closed")
  void slowBody_is408() {
    try (RawConnection v1 =
            saying(
                "POST /v1/devices/enrollment HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer %s\r\n"
                        .formatted(muster.adminKey())
                    + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
        RawConnection api =
            saying(
                "POST /api/login HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100\r\n\r\n{")) {
      RawConnection.Answer first = v1.answer();
      assertThat(first.status()).as(first.text()).isEqualTo(408);
      assertThat(first.body()).contains("\"error\":\"request_timeout\"");
      assertThat(first.header("x-request-id")).isPresent();
      RawConnection.Answer second = api.answer();
      assertThat(second.status()).as(second.text()).isEqualTo(408);
      assertThat(second.body()).contains("\"status\":408");
      assertThat(v1.isCutWithin(Duration.ofSeconds(5))).isTrue();
      assertThat(api.isCutWithin(Duration.ofSeconds(5))).isTrue();
    }
  }

  private static String large(String path, String token) {
    return "POST %s HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer %s\r\n".formatted(path, token)
        + "Content-Type: application/json\r\nContent-Length: 500000\r\n\r\n{";
  }

  @Test
  @DisplayName("nothing of a large body is taken from who has no right")
  void largeBodyOfAStranger_isRefusedBeforeItComes() {
    for (String path :
        List.of(
            "/api/devices/execute", "/api/devices/dev_1/execute", "/v1/devices/dev_1/commands")) {
      try (RawConnection connection = saying(large(path, "mk_none"))) {
        RawConnection.Answer answer = connection.answer();
        assertThat(answer.status()).as(path + answer.text()).isEqualTo(401);
      }
    }
  }

  @Test
  @DisplayName("an answer may take its time, the body of its request may not")
  void slowBodyOfAnAnswerThatMayWait_is408() {
    try (RawConnection execute = saying(large("/api/devices/dev_1/execute", muster.adminKey()));
        RawConnection end =
            saying(
                "POST /api/devices/dev_1/remote/start HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer "
                    + muster.adminKey()
                    + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")) {
      assertThat(execute.answer().status()).isEqualTo(408);
      assertThat(end.answer().status()).isEqualTo(408);
      assertThat(execute.isCutWithin(Duration.ofSeconds(5))).isTrue();
      assertThat(end.isCutWithin(Duration.ofSeconds(5))).isTrue();
    }
  }

  @Test
  @DisplayName("who says nothing between two requests keeps the connection")
  void quietClient_keepsItsConnection() {
    try (RawConnection connection = saying(get("/api/me"))) {
      assertThat(connection.answer().status()).isEqualTo(200);
      assertThat(connection.isCutWithin(Duration.ofSeconds(12))).isFalse();
      connection.send(get("/api/me"));
      assertThat(connection.answer().status()).isEqualTo(200);
      connection.send(get("/api/me") + get("/healthz"));
      assertThat(connection.answer().status()).isEqualTo(200);
      assertThat(connection.answer().status()).isEqualTo(200);
    }
  }
}
