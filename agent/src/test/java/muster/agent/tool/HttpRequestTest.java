package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLSocketFactory;
import muster.agent.log.Log;
import muster.agent.net.TestCertificates;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.wire.JsonObject;
import muster.wire.RpcException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpRequestTest {
  @TempDir private Path own;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile Function<String, String> answers = request -> "HTTP/1.1 204 No Content\r\n\r\n";
  private ServerSocket server;
  private String url;

  @BeforeEach
  void listen() throws IOException {
    listen(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), "http");
  }

  private void listen(ServerSocket socket, String scheme) {
    server = socket;
    url = scheme + "://localhost:" + socket.getLocalPort();
    Thread thread = new Thread(() -> serve(socket), "web");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /// One request a connection; the body is read as far as its length says.
  private void serve(ServerSocket listener) {
    while (true) {
      try (Socket socket = listener.accept()) {
        String request = read(socket.getInputStream());
        requests.add(request);
        socket
            .getOutputStream()
            .write(answers.apply(request).getBytes(StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        if (listener.isClosed()) {
          return;
        }
      }
    }
  }

  private static String read(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("no request");
      }
      head.write(b);
    }
    String text = head.toString(StandardCharsets.ISO_8859_1);
    int at = text.indexOf("content-length: ");
    int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf('\r', at)));
    return text + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  private Policy policy(String rules) throws IOException {
    Files.writeString(own.resolve(PolicyFile.NAME), rules);
    return new PolicyFile(own, new Log(new PrintStream(System.err), InstantSource.system())).get();
  }

  private Policy local() throws IOException {
    return policy("{\"http\":{\"allow\":[\"*\",\"127.0.0.0/8\",\"[::1]\"]}}");
  }

  private JsonObject ask(String args) throws Exception {
    return new TestDesk(local()).run("http_request", "{" + args + "}").json();
  }

  private static String answer(String status, String headers, String body) {
    return "HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s"
        .formatted(status, headers, body.length(), body);
  }

  @Test
  void get_tellsStatusHeadersAndBody() throws Exception {
    answers =
        request ->
            answer(
                "404 Not Found",
                "X-One: 1\r\nx-two: a\r\nX-Two: b\r\n",
                "n\u00c3\u00a4 \u00e2\u0082\u00ac");
    JsonObject told = ask("\"url\":\"" + url + "/a?b=c#d\",\"headers\":{\"X-Mine\":\"yes\"}");

    assertThat(told.integer("status")).isEqualTo(404);
    assertThat(told.string("url")).isEqualTo(url + "/a?b=c");
    assertThat(told.object("headers").string("x-one")).isEqualTo("1");
    assertThat(told.object("headers").string("x-two")).isEqualTo("a, b");
    assertThat(told.string("body")).isEqualTo("nä €");
    assertThat(told.flag("truncated")).isFalse();
    assertThat(requests).hasSize(1);
    assertThat(requests.get(0))
        .startsWith("GET /a?b=c HTTP/1.1\r\n")
        .contains("\r\nhost: localhost:" + server.getLocalPort() + "\r\n")
        .contains("\r\nx-mine: yes\r\n")
        .contains("\r\nconnection: close\r\n");
  }

  @Test
  void post_sendsTheBody() throws Exception {
    JsonObject told = ask("\"method\":\"POST\",\"url\":\"" + url + "\",\"body_b64\":\"AAFhYg==\"");

    assertThat(told.integer("status")).isEqualTo(204);
    assertThat(told.string("body")).isEmpty();
    assertThat(requests.get(0)).startsWith("POST / HTTP/1.1\r\n").endsWith("\r\n\r\n\0\1ab");
  }

  @Test
  void body_chunkedOrUntilTheEnd_isRead() throws Exception {
    answers =
        request ->
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "4;x=y\r\nwiki\r\nA\r\npedia more\r\n0\r\n\r\n";
    assertThat(ask("\"url\":\"" + url + "\"").string("body")).isEqualTo("wikipedia more");
    answers = request -> "HTTP/1.0 200 OK\r\n\r\nall of it";
    assertThat(ask("\"url\":\"" + url + "\"").string("body")).isEqualTo("all of it");
    answers = request -> "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assertThat(ask("\"method\":\"HEAD\",\"url\":\"" + url + "\"").string("body")).isEmpty();
  }

  @Test
  void body_notText_isBase64() throws Exception {
    answers = request -> answer("200 OK", "", "\u00ff\u0000");

    assertThat(ask("\"url\":\"" + url + "\"").string("body_b64")).isEqualTo("/wA=");
  }

  @Test
  void body_longerThanAMebibyte_isCut_howeverItIsFramed() throws Exception {
    String mebibytes = "x".repeat(3 << 20);
    for (String framed :
        List.of(
            answer("200 OK", "", mebibytes),
            "HTTP/1.1 200 OK\r\n\r\n" + mebibytes,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n300000\r\n" + mebibytes)) {
      answers = request -> framed;
      JsonObject told = ask("\"url\":\"" + url + "\"");
      assertThat(told.string("body")).hasSize(1 << 20);
      assertThat(told.flag("truncated")).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"
      })
  void brokenAnswer_isAnError(String broken) {
    answers = request -> broken;

    assertThatThrownBy(() -> ask("\"url\":\"" + url + "\""))
        .isInstanceOf(IOException.class)
        .hasMessageMatching("the answer .*|no final answer");
  }

  @Test
  void endlessHead_isCutOff() {
    answers = request -> "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(20_000);

    assertThatThrownBy(() -> ask("\"url\":\"" + url + "\"")).hasMessageContaining("longer than");
  }

  @Test
  void redirects_areFollowed_methodAndCredentialsAsBrowsersDo() throws Exception {
    answers =
        request -> {
          if (request.startsWith("POST /1 ")) {
            return answer("302 Found", "location: /2\r\n", "");
          }
          if (request.startsWith("GET /2 ")) {
            String other = "http://127.0.0.1:" + server.getLocalPort() + "/3";
            return answer("307 Temporary Redirect", "Location: " + other + "\r\n", "");
          }
          return answer("200 OK", "", "there");
        };
    JsonObject told =
        ask(
            "\"method\":\"POST\",\"body\":\"x\",\"url\":\""
                + url
                + "/1\",\"headers\":{\"Authorization\":\"Bearer t\",\"Content-Type\":\"a/b\",\"X-A\":\"b\"}");

    assertThat(told.string("body")).isEqualTo("there");
    assertThat(told.integer("redirects")).isEqualTo(2);
    assertThat(told.string("url")).endsWith("/3");
    assertThat(requests.get(1))
        .startsWith("GET /2 ")
        .contains("authorization: Bearer t")
        .doesNotContain("content-type");
    assertThat(requests.get(2))
        .startsWith("GET /3 ")
        .contains("x-a: b")
        .doesNotContain("authorization");
  }

  @Test
  void redirects_moreThanAllowed_areAnError_noneAreTold() throws Exception {
    answers = request -> answer("301 Moved", "location: /again\r\n", "");

    assertThatThrownBy(() -> ask("\"url\":\"" + url + "\""))
        .hasMessageStartingWith("more than 5 redirects");
    assertThat(requests).hasSize(6);
    assertThat(ask("\"url\":\"" + url + "\",\"max_redirects\":0").integer("status")).isEqualTo(301);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://a/", "http://u:p@localhost/", "http:///x"})
  void redirect_toWhatIsNoWebAddress_isAnError(String target) {
    answers = request -> answer("302 Found", "location: " + target + "\r\n", "");

    assertThatThrownBy(() -> ask("\"url\":\"" + url + "\""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a redirect to what is no web address");
  }

  @Test
  void redirect_isCheckedLikeTheFirstHop() {
    answers = request -> answer("302 Found", "location: http://169.254.169.254/\r\n", "");

    assertThatThrownBy(() ->
            new TestDesk(policy("{\"http\":{\"allow\":[\"*\",\"127.0.0.0/8\"]}}"))
                .run(
                    "http_request", "{\"url\":\"http://127.0.0.1:" + server.getLocalPort() + "\"}"))
        .isInstanceOf(DeniedException.class)
        .hasMessageStartingWith("169.254.169.254:80: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "2130706433", "[::1]", "[::ffff:7f00:1]"})
  void ownMachine_isDeniedByDefault_underEveryName(String host) {
    assertThatThrownBy(() ->
            new TestDesk(Policy.open(Optional.empty()))
                .run(
                    "http_request",
                    "{\"url\":\"http://" + host + ":" + server.getLocalPort() + "/\"}"))
        .isInstanceOf(DeniedException.class);
    assertThat(requests).isEmpty();
  }

  @Test
  void nobodyListens_saysWho() throws Exception {
    try (Socket silent = new Socket()) { // bound, so that nobody else listens there
      silent.bind(new InetSocketAddress("127.0.0.1", 0));
      assertThatThrownBy(() -> ask("\"url\":\"http://127.0.0.1:" + silent.getLocalPort() + "\""))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("127.0.0.1 (127.0.0.1): ");
    }
    assertThatThrownBy(() -> ask("\"url\":\"http://no-such-host.invalid\""))
        .hasMessage("no-such-host.invalid: no such host");
  }

  @Test
  void stopped_endsTheWaitForAnAnswer() throws Exception {
    server.close();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      TestDesk desk = new TestDesk(local());
      AtomicReference<Throwable> end = new AtomicReference<>();
      Thread asking =
          new Thread(() -> {
            try {
              desk.run(
                  "http_request", "{\"url\":\"http://127.0.0.1:" + silent.getLocalPort() + "\"}");
            } catch (Throwable e) {
              end.set(e);
            }
          });
      asking.start();
      try (Socket accepted = silent.accept()) {
        assertThat(accepted.isConnected()).isTrue();
        desk.stop();
        await().until(() -> end.get() instanceof IOException);
      }
    }
  }

  @Test
  void https_needsACertificateThatIsTrusted() throws Exception {
    server.close();
    TestCertificates certificates = TestCertificates.make(own);
    SSLSocketFactory trust = certificates.trusting().getSocketFactory();
    listen(tls(certificates, "localhost"), "https");
    answers = request -> answer("200 OK", "", "safe");
    String args = "{\"url\":\"" + url + "\"}";

    assertThat(new TestDesk(local()).trusting(trust).run("http_request", args).text())
        .contains("safe");
    assertThatThrownBy(() -> new TestDesk(local()).run("http_request", args))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("certificat");
    answers = request -> answer("302 Found", "location: http://localhost/\r\n", "");
    assertThatThrownBy(() -> new TestDesk(local()).trusting(trust).run("http_request", args))
        .hasMessageStartingWith("a redirect from https to http");

    server.close();
    listen(tls(certificates, "server"), "https");
    assertThatThrownBy(() ->
            new TestDesk(local()).trusting(trust).run("http_request", "{\"url\":\"" + url + "\"}"))
        .as("another host's certificate")
        .isInstanceOf(IOException.class)
        .hasMessageContaining("localhost");
  }

  private static ServerSocket tls(TestCertificates certificates, String alias) throws Exception {
    return certificates
        .context(alias)
        .getServerSocketFactory()
        .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"url\":\"localhost\"",
        "\"url\":\"file:///etc/passwd\"",
        "\"url\":\"http://u:secret@localhost/\"",
        "\"url\":\"http://a b/\"",
        "\"url\":\"http://127.1/\"",
        "\"url\":\"http://a/\",\"method\":\"get\"",
        "\"url\":\"http://a/\",\"body\":\"x\"",
        "\"url\":\"http://a/\",\"headers\":{\"Host\":\"b\"}",
        "\"url\":\"http://a/\",\"headers\":{\"A:\":\"b\"}",
        "\"url\":\"http://a/\",\"headers\":{\"A\":\"b\\r\\nC: d\"}",
        "\"url\":\"http://a/\",\"headers\":{\"A\":1}",
        "\"url\":\"http://a/\",\"headers\":[]",
        "\"url\":\"http://a/\",\"max_redirects\":6",
        "\"url\":\"http://a/\",\"timeout\":6"
      })
  void wrongArguments_nameTheField(String args) {
    assertThatThrownBy(() -> ask(args))
        .isInstanceOf(RpcException.class)
        .hasMessageMatching("args\\.[\\w.:]+: .*\\(expected: .*\\)");
  }

  @Test
  void tooLargeABody_isRefused() {
    assertThatThrownBy(() ->
            ask(
                "\"method\":\"PUT\",\"url\":\"http://a/\",\"body\":\""
                    + "x".repeat(256 * 1024 + 1)
                    + "\""))
        .isInstanceOf(RpcException.class)
        .hasMessageStartingWith("args.body: ");
  }
}
