package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What no HTTP client sends, written to the socket byte for byte.
class RawRequestsTest {
  private static final int MEGABYTE = 1024 * 1024;

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static String head(String method, String path, String... headers) {
    return "%s %s HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\n%s\r\n"
        .formatted(
            method,
            path,
            muster.adminKey(),
            Stream.of(headers).map(header -> header + "\r\n").reduce("", String::concat));
  }

  static Stream<Arguments> ambiguous() {
    String json = "Content-Type: application/json";
    String path = "/v1/devices/enrollment";
    return Stream.of(
        Arguments.of(
            "two lengths",
            head("POST", path, json, "Content-Length: 2", "Content-Length: 20") + "{}"),
        Arguments.of(
            "two lengths in one", head("POST", path, json, "Content-Length: 2, 20") + "{}"),
        Arguments.of(
            "a length that is none", head("POST", path, json, "Content-Length: two") + "{}"),
        Arguments.of("a negative length", head("POST", path, json, "Content-Length: -2") + "{}"),
        Arguments.of(
            "a length too long for a number",
            head("POST", path, json, "Content-Length: 99999999999999999999") + "{}"),
        Arguments.of(
            "length and chunks",
            head("POST", path, json, "Content-Length: 4", "Transfer-Encoding: chunked")
                + "2\r\n{}\r\n0\r\n\r\n"),
        Arguments.of(
            "chunks that are none",
            head("POST", path, json, "Transfer-Encoding: chunked") + "zz\r\n{}\r\n0\r\n\r\n"),
        Arguments.of(
            "a coding that only looks like chunks",
            head("POST", path, json, "Transfer-Encoding: xchunked") + "2\r\n{}\r\n0\r\n\r\n"),
        Arguments.of(
            "chunks that are not the last coding",
            head("POST", path, json, "Transfer-Encoding: chunked, identity")
                + "2\r\n{}\r\n0\r\n\r\n"),
        Arguments.of("a folded length", head("POST", path, json, "Content-Length:\r\n 2") + "{}"),
        Arguments.of("a name with a space", head("GET", "/api/me", "X Bad: 1")),
        Arguments.of("a name before a space", head("GET", "/api/me", "X-Bad : 1")),
        Arguments.of("NUL in a value", head("GET", "/api/me", "X-Bad: a\u0000b")),
        Arguments.of("a lone CR in a value", head("GET", "/api/me", "X-Bad: a\rb")),
        Arguments.of("no version", "GET /api/me\r\n\r\n"),
        Arguments.of("no request at all", "\u0001\u0002 nonsense\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ambiguous")
  void ambiguousRequest_isRefusedAndCut(String what, String request) {
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(request);
      try {
        RawConnection.Answer answer = connection.answer();
        if (!answer.text().isEmpty()) {
          assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
          assertThat(answer.header("x-request-id")).as(answer.text()).isPresent();
        }
      } catch (UncheckedIOException e) {
        // Cut without a word, which is an answer too.
      }
      assertThat(connection.isCutWithin(Duration.ofSeconds(5))).isTrue();
    }
    assertThat(muster.admin().get("/v1/devices/enrollment").expect(200).at("tokens")).isEmpty();
  }

  static Stream<Arguments> readInTwoWays() {
    String json = "Content-Type: application/json";
    String path = "/v1/devices/enrollment";
    String chunks = "2\r\n{}\r\n0\r\n\r\n";
    return Stream.of(
        Arguments.of("a folded header", head("GET", "/api/me", "X-Bad: a\r\n b")),
        Arguments.of("folded by a tab", head("GET", "/api/me", "X-Bad: a\r\n\tb")),
        Arguments.of("folded after a bare LF", head("GET", "/api/me", "X-Bad: a\n b")),
        Arguments.of(
            "a coding folded away",
            head("POST", path, json, "X-Bad: a\r\n Transfer-Encoding: chunked", "Content-Length: 2")
                + "{}"),
        Arguments.of(
            "packed chunks", head("POST", path, json, "Transfer-Encoding: gzip, chunked") + chunks),
        Arguments.of(
            "packed chunks on two lines",
            head("POST", path, json, "Transfer-Encoding: gzip", "Transfer-Encoding: chunked")
                + chunks),
        Arguments.of(
            "chunks of chunks",
            head("POST", path, json, "Transfer-Encoding: chunked, chunked") + chunks),
        Arguments.of(
            "a coding that is none",
            head("POST", path, json, "Transfer-Encoding: identity", "Content-Length: 2") + "{}"),
        Arguments.of(
            "a fold that asks for another protocol",
            head(
                "GET",
                "/api/me",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__",
                "X-Bad: a\r\n b")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readInTwoWays")
  void requestThatCanBeReadInTwoWays_isMalformed(String what, String request) {
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(request);
      assertMalformed(connection);
    }
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.sendByteByByte(request);
      assertMalformed(connection);
    }
  }

  private static void assertMalformed(RawConnection connection) {
    RawConnection.Answer answer = connection.answer();
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.header("x-request-id")).isPresent();
    assertThat(answer.body()).contains("malformed request");
    assertThat(connection.isCutWithin(Duration.ofSeconds(5))).isTrue();
  }

  static Stream<Arguments> bodies() {
    String indented = "{\n  \"suggested_name\":\n \"indented\"\n}";
    return Stream.of(
        Arguments.of("with a length", "Content-Length: " + indented.length(), indented),
        Arguments.of(
            "in chunks",
            "Transfer-Encoding: Chunked",
            "%x\r\n%s\r\n0\r\n\r\n".formatted(indented.length(), indented)));
  }

  /// What begins with a blank is a fold in a head only: of the request behind the body, too.
  @ParameterizedTest(name = "{0}")
  @MethodSource("bodies")
  void indentedBody_isNoFold(String what, String framing, String body) {
    String request =
        head("POST", "/v1/devices/enrollment", "Content-Type: application/json", framing) + body;
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(request);
      RawConnection.Answer answer = connection.answer();
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      String id = answer.body().replaceAll("(?s).*\"id\":\"([^\"]+)\".*", "$1");
      connection.send(head("DELETE", "/v1/devices/enrollment/" + id));
      assertThat(connection.head().status()).isEqualTo(204);
      connection.send(request.replace("{\n", "[\n") + head("GET", "/api/me", "X-Bad: a\r\n b"));
      assertThat(connection.answer().status()).isEqualTo(400);
      assertMalformed(connection);
    }
  }

  @Test
  void smuggledRequest_isNotAnswered() {
    String hidden = head("DELETE", "/api/users/nobody");
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(
          head(
                  "POST",
                  "/api/logout",
                  "Content-Length: " + (hidden.length() + 5),
                  "Transfer-Encoding: chunked")
              + "0\r\n\r\n"
              + hidden);
      RawConnection.Answer answer = connection.answer();
      assertThat(answer.status()).isBetween(400, 499);
      assertThat(answer.text()).doesNotContain("user not found");
      assertThat(connection.isCutWithin(Duration.ofSeconds(5))).isTrue();
    }
  }

  static Stream<Arguments> oversized() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      many.add("X-" + i + ": v");
    }
    return Stream.of(
        Arguments.of("a long header", head("GET", "/api/me", "X-Long: " + "a".repeat(20_000)), 431),
        Arguments.of("many headers", head("GET", "/api/me", many.toArray(String[]::new)), 431),
        Arguments.of("a long path", head("GET", "/" + "a".repeat(10_000)), 414),
        Arguments.of("a long query", head("GET", "/v1/devices?filter=" + "a".repeat(10_000)), 414));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oversized")
  void oversizedHead_isRefused(String what, String request, int status) {
    RawConnection.Answer answer = RawConnection.ask(muster, request);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("x-request-id")).isPresent();
    assertThat(answer.body()).contains("\"detail\":", "too long").doesNotContain("Exception");
  }

  /// All at once, because the server listens for some seconds more to what it has refused.
  @Test
  void endlessChunks_areCutOff() {
    String chunk = "2000\r\n" + " ".repeat(0x2000) + "\r\n";
    List<RawConnection> endless = new ArrayList<>();
    try {
      for (String route :
          List.of(
              "POST /v1/devices/enrollment",
              "POST /api/login",
              "POST /v1/agent/register",
              "GET /v1/devices",
              "GET /healthz",
              "GET /install",
              "GET /install/agent.jar")) {
        String[] parts = route.split(" ");
        RawConnection connection = RawConnection.to(muster);
        endless.add(connection);
        connection.send(
            head(parts[0], parts[1], "Content-Type: application/json", "Transfer-Encoding: chunked")
                + chunk.repeat(10));
        assertThat(connection.answer().status()).as(route).isEqualTo(413);
      }
      assertThat(stillOpen(endless, chunk)).isEmpty();
    } finally {
      endless.forEach(RawConnection::close);
    }
  }

  @Test
  void bodyBeyondTheLimit_isToldSo() {
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(
          head(
                  "POST",
                  "/v1/devices/enrollment",
                  "Content-Type: application/json",
                  "Content-Length: " + 100 * MEGABYTE)
              + " ".repeat(80_000));
      RawConnection.Answer answer = connection.answer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body()).contains("payload_too_large");
    }
  }

  /// Three ways to hold a connection by saying next to nothing: the head of a request, its body,
  /// the beginning of TLS. All at once, because the server's patience is 10 s.
  @Test
  void slowClients_areCutOff() {
    List<RawConnection> slow = new ArrayList<>();
    try {
      slow.add(slow("GET /healthz HTTP/1.1\r\nX-Slow: "));
      slow.add(
          slow(
              head(
                  "POST",
                  "/v1/devices/enrollment",
                  "Content-Type: application/json",
                  "Content-Length: 60000")));
      slow.add(slow("\u0016\u0003\u0001\u0002\u0000"));
      slow.add(slow(""));
      assertThat(stillOpen(slow, "a")).isEmpty();
      muster.admin().get("/api/me").expect(200);
    } finally {
      slow.forEach(RawConnection::close);
    }
  }

  private static RawConnection slow(String beginning) {
    RawConnection connection = RawConnection.to(muster);
    connection.send(beginning);
    return connection;
  }

  /// Those that are open after 20 s, although (or because) each goes on talking.
  private static Set<RawConnection> stillOpen(List<RawConnection> connections, String more) {
    Set<RawConnection> open = new HashSet<>(connections);
    long began = System.nanoTime();
    while (!open.isEmpty() && System.nanoTime() - began < Duration.ofSeconds(20).toNanos()) {
      open.removeIf(connection -> !goesOn(connection, more));
    }
    return open;
  }

  private static boolean goesOn(RawConnection connection, String more) {
    try {
      if (connection.isCutWithin(Duration.ofMillis(200))) {
        return false;
      }
      connection.send(more);
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  @Test
  void host_isNotBelieved() {
    for (String host : List.of("evil.example", "x\"$(id)\"", "127.0.0.1:1@evil.example")) {
      RawConnection.Answer answer =
          RawConnection.ask(
              muster,
              "GET /install HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: evil.example\r\nConnection:"
                      .formatted(host)
                  + " close\r\n\r\n");
      assertThat(answer.text()).doesNotContain("evil").doesNotContain("$(id)");
      if (answer.status() == 200) {
        assertThat(answer.body()).contains("http://127.0.0.1:" + muster.port());
      }
    }
  }
}
