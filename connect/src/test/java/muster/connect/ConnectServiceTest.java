package muster.connect;

import static muster.connect.EchoServer.ECHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import io.grpc.Status;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import muster.connect.test.v1.Answer;
import muster.connect.test.v1.Ask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

class ConnectServiceTest {

  private static final String[] CONNECT = {"connect-protocol-version", "1"};

  private final EchoServer server =
      new EchoServer(
          ConnectService.builder()
              .plain(ErrorForm.upperCase())
              .maxMessageBytes(1 << 20)
              .reflection(true)
              .cors(Cors.origins("https://console.example.org")));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void unary_json_answersInJson() {
    var answer = server.json("Get", "{\"name\":\"a\",\"unknown\":1}", CONNECT);
    assertThat(answer.status().code()).isEqualTo(200);
    assertThat(answer.contentUtf8()).contains("\"name\":\"a\"");
    assertThat(answer.headers().get("content-type")).isEqualTo("application/json");
  }

  @Test
  void unary_emptyProto_isAnEmptyMessage() throws Exception {
    var answer = server.post("Get", "application/proto; charset=utf-8", new byte[0]);
    assertThat(Answer.parseFrom(answer.content().array()).getName()).isEmpty();
  }

  @Test
  void unary_emptyJson_isRefusedToConnectAndTakenFromPlain() {
    assertThat(server.json("Get", "", CONNECT).contentUtf8()).contains("\"invalid_argument\"");
    assertThat(server.json("Get", "").status().code()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/connect+json",
        "application/xml"
      })
  void unary_otherType_is415WithTheTypesThatAreTaken(String type) {
    var answer = server.post("Get", type, new byte[0]);
    assertThat(answer.status().code()).isEqualTo(415);
    assertThat(answer.headers().get("accept-post"))
        .contains("application/json", "application/grpc");
  }

  @Test
  void get_ofAMethodWithSideEffects_is405() {
    var answer = server.get("Change?connect=v1&encoding=json&message={}");
    assertThat(answer.status().code()).isEqualTo(405);
    assertThat(answer.headers().get("allow")).isEqualTo("POST");
  }

  @Test
  void unknownProcedure_is404ToConnectAndUnimplementedToGrpc() {
    assertThat(server.json("Nothing", "{}", CONNECT).status().code()).isEqualTo(404);
    var grpc = server.post("Nothing", "application/grpc", new byte[0]);
    assertThat(grpc.status().code()).isEqualTo(200);
    assertThat(grpc.headers().get("grpc-status")).isEqualTo("12");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connect-protocol-version=2",
        "connect-timeout-ms=abc",
        "connect-timeout-ms=12345678901",
        "x-bin=%%%"
      })
  void unary_wrongHeader_isInvalidArgument(String header) {
    int at = header.indexOf('=');
    var answer =
        server.post(
            "Get",
            "application/proto",
            new byte[0],
            header.substring(0, at),
            header.substring(at + 1));
    assertThat(answer.status().code()).isEqualTo(400);
    assertThat(answer.contentUtf8()).contains("\"invalid_argument\"", header.substring(0, at));
  }

  @Test
  void unary_unknownCompression_isUnimplementedAndSaysWhatIsKnown() {
    var answer =
        server.json("Get", "{}", "content-encoding", "br", "connect-protocol-version", "1");
    assertThat(answer.status().code()).isEqualTo(501);
    assertThat(answer.contentUtf8()).contains("gzip");
  }

  @Test
  void unary_gzip_isReadAndWrittenWhenAsked() {
    var body = Compression.GZIP.compress(("{\"name\":\"" + "x".repeat(5000) + "\"}").getBytes());
    var answer =
        server.post(
            "Get",
            "application/json",
            body,
            "content-encoding",
            "gzip",
            "accept-encoding",
            "br, gzip");
    assertThat(answer.headers().get("content-encoding")).isEqualTo("gzip");
    var json = new String(Compression.GZIP.decompress(answer.content().array(), 1 << 20));
    assertThat(json).contains("x".repeat(5000));
  }

  @Test
  void bomb_isRefusedInUnaryAndStream() {
    var bomb = Compression.GZIP.compress(new byte[64 << 20]);
    assertThat(
            server.post("Get", "application/proto", bomb, "content-encoding", "gzip").contentUtf8())
        .contains("resource_exhausted");
    var stream =
        server.post(
            "Collect",
            "application/connect+proto",
            Frames.envelope(1, bomb),
            "connect-content-encoding",
            "gzip");
    assertThat(stream.contentUtf8()).contains("resource_exhausted");
  }

  @Test
  void claimedLength_aboveTheLimit_isRefusedBeforeItComes() {
    var header = new byte[] {0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertThat(server.post("Collect", "application/connect+proto", header).contentUtf8())
        .contains("resource_exhausted");
  }

  @Test
  void connectGet_takesJsonProtoAndBase64() {
    var proto =
        Base64.getUrlEncoder().encodeToString(Ask.newBuilder().setName("p").build().toByteArray());
    assertThat(
            server
                .get("Get?connect=v1&encoding=json&message=%7B%22name%22%3A%22q%22%7D")
                .contentUtf8())
        .contains("\"name\":\"q\"");
    assertThat(
            server.get("Get?message=" + proto + "&base64=1&encoding=proto&other=1").contentUtf8())
        .contains("p");
    assertThat(server.get("Get?encoding=xml&message=a").status().code()).isEqualTo(415);
    assertThat(server.get("Get?encoding=json").contentUtf8()).contains("invalid_argument");
    assertThat(server.get("Get?encoding=json&message={}&compression=zip").status().code())
        .isEqualTo(501);
  }

  @Test
  void plainGet_takesTheFieldsFromTheQuery() {
    var answer = server.get("Get?name=a&page_size=20&mood=calm&tags=x&tags=y&updateMask=name");
    assertThat(answer.status().code()).isEqualTo(200);
    assertThat(answer.contentUtf8())
        .contains("\"pageSize\":20", "\"MOOD_CALM\"", "[\"x\",\"y\"]", "\"updateMask\":\"name\"");
    assertThat(server.get("Get").status().code()).isEqualTo(200);
    assertThat(server.get("Get?page_size=many").status().code()).isEqualTo(400);
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class, mode = EnumSource.Mode.EXCLUDE, names = "OK")
  void everyCode_hasItsFormForEachCaller(Status.Code code) {
    var body = "{\"name\":\"fail:" + code + "\"}";
    var connect = server.json("Get", body, CONNECT);
    assertThat(connect.status().code()).isEqualTo(Codes.httpStatus(code));
    assertThat(connect.contentUtf8())
        .startsWith(
            "{\"code\":\"" + Codes.word(code) + "\",\"message\":\"as asked: ü\",\"details\":[{")
        .contains("\"type\":\"google.rpc.ErrorInfo\"", "\"value\":\"")
        .doesNotContain("=\"");
    var plain = server.json("Get", body);
    assertThat(plain.status().code())
        .isEqualTo(code == Status.Code.FAILED_PRECONDITION ? 412 : Codes.httpStatus(code));
    assertThat(plain.contentUtf8())
        .isEqualTo(
            "{\"code\":\""
                + code
                + "\",\"message\":\"as asked: ü\",\"details\":{\"request_id\":\"abc123\"}}");
    var ask = Ask.newBuilder().setName("fail:" + code).build().toByteArray();
    var grpc = server.post("Get", "application/grpc", Frames.envelope(0, ask), "te", "trailers");
    assertThat(grpc.headers().get("grpc-status")).isEqualTo(Integer.toString(code.value()));
    assertThat(grpc.headers().get("grpc-message")).isEqualTo("as asked: %C3%BC");
    assertThat(grpc.headers().contains("grpc-status-details-bin")).isTrue();
    var web = server.post("Get", "application/grpc-web", Frames.envelope(0, ask));
    assertThat(web.contentUtf8()).contains("grpc-status: " + code.value() + "\r\n");
  }

  @Test
  void webText_isBase64BothWays() throws Exception {
    var framed = Frames.envelope(0, Ask.newBuilder().setName("text").build().toByteArray());
    var halves =
        Base64.getEncoder().encodeToString(Arrays.copyOf(framed, 4))
            + Base64.getEncoder().encodeToString(Arrays.copyOfRange(framed, 4, framed.length));
    var answer = server.post("Get", "application/grpc-web-text", halves.getBytes());
    var decoded = new Frames.Base64Text().decode(answer.content().array());
    assertThat(new String(decoded)).contains("text", "grpc-status: 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void oneMessageMethod_withAnotherNumber_isUnimplemented(int messages) {
    var one = Frames.envelope(0, new byte[0]);
    var body = new byte[one.length * messages];
    var answer = server.post("Watch", "application/connect+proto", body);
    assertThat(answer.status().code()).isEqualTo(200);
    assertThat(answer.contentUtf8()).contains("unimplemented");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,0,0,0,0", "2,0,0,0,0", "0,0,0,0,9,1"})
  void brokenEnvelope_endsTheStreamWithAnError(String bytes) {
    var parts = bytes.split(",", -1);
    var body = new byte[parts.length];
    for (int i = 0; i < parts.length; i++) {
      body[i] = Byte.parseByte(parts[i]);
    }
    var answer = server.post("Collect", "application/connect+proto", body);
    assertThat(answer.contentUtf8())
        .contains(parts[0].equals("1") ? "internal" : "invalid_argument");
  }

  @Test
  void deadline_endsTheCallAndTellsTheHandler() throws Exception {
    var answer =
        server.json(
            "Get",
            "{\"name\":\"hang\"}",
            "connect-timeout-ms",
            "50",
            "connect-protocol-version",
            "1");
    assertThat(answer.status().code()).isEqualTo(504);
    assertThat(answer.contentUtf8()).contains("deadline_exceeded");
    assertThat(server.echo.cancelled.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void callerThatGoesAway_endsTheHandler() throws Exception {
    var ask =
        Ask.newBuilder()
            .setPageSize(Integer.MAX_VALUE)
            .setPayload(ByteString.copyFrom(new byte[1000]));
    var head =
        RequestHeaders.of(
            HttpMethod.POST, ECHO + "Watch", "content-type", "application/connect+proto");
    var answer = server.client("h2c").execute(head, Frames.envelope(0, ask.build().toByteArray()));
    await().until(() -> server.echo.sent.get() > 0);
    answer.abort();
    assertThat(server.echo.cancelled.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"h1c", "h2c"})
  void slowReader_holdsTheHandlerBack(String protocol) throws Exception {
    var ask = Ask.newBuilder().setPageSize(1000).setPayload(ByteString.copyFrom(new byte[1 << 19]));
    var head =
        RequestHeaders.of(
            HttpMethod.POST, ECHO + "Watch", "content-type", "application/connect+proto");
    var answer =
        server.client(protocol).execute(head, Frames.envelope(0, ask.build().toByteArray()));
    var reader = new OneAtATime();
    answer.subscribe(reader);
    await().until(() -> server.echo.sent.get() > 0);
    // 500 MiB are to be sent; only what buffers and windows hold may leave while nobody reads.
    await().during(500, TimeUnit.MILLISECONDS).until(() -> server.echo.sent.get() < 60);
    answer.abort();
    assertThat(server.echo.cancelled.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void preflight_isGrantedToAnAllowedOriginOnly() {
    for (String origin : new String[] {"https://console.example.org", "https://evil.example.org"}) {
      var head =
          RequestHeaders.of(
              HttpMethod.OPTIONS,
              ECHO + "Get",
              "origin",
              origin,
              "access-control-request-method",
              "POST");
      var answer = server.client("h1c").execute(head).aggregate().join();
      assertThat(answer.status().code()).isEqualTo(204);
      assertThat(answer.headers().contains("access-control-allow-origin"))
          .isEqualTo(origin.contains("console"));
    }
    var answer = server.json("Get", "{}", "origin", "https://console.example.org");
    assertThat(answer.headers().get("access-control-expose-headers")).contains("content-type");
  }

  @Test
  void reflection_isServedInBothVersions() {
    for (String version : new String[] {"v1", "v1alpha"}) {
      var head =
          RequestHeaders.of(
              HttpMethod.POST,
              "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
              "content-type",
              "application/connect+json");
      var answer =
          server
              .client("h2c")
              .execute(head, Frames.envelope(0, "{\"listServices\":\"\"}".getBytes()))
              .aggregate()
              .join();
      assertThat(answer.contentUtf8()).contains("muster.connect.test.v1.EchoService");
    }
  }

  private static final class OneAtATime
      implements Subscriber<com.linecorp.armeria.common.HttpObject> {
    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    public void onNext(com.linecorp.armeria.common.HttpObject part) {}

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onComplete() {}
  }
}
