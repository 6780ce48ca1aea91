package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.http.Route;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Paths and queries nobody should send.
class HostileQueriesTest {
  private static TestMuster muster;
  private static Samples samples;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    samples = new Samples(muster);
    for (int i = 0; i < 5; i++) {
      muster.enroll("q-" + i);
    }
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static String query(String path, String name, String value) {
    return path + "?" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  static Stream<Arguments> badValues() {
    return Stream.of(
            bad("/v1/devices", "limit", "0", "-1", "1001", "abc", "1.5", "", " 1", "99999999999"),
            bad("/v1/devices", "status", "up", "", "ONLINE ", "online,offline"),
            bad("/v1/devices", "search", "x".repeat(201), "\ud83d\ude00".repeat(201)),
            bad("/v1/devices", "tag", "", " "),
            bad(
                "/v1/devices",
                "order_by",
                "api_key ASC",
                "name; DROP TABLE device",
                "name UP",
                "name,name",
                "tag",
                "status",
                ",",
                "a,b,c,d,e",
                "x".repeat(600),
                "(select hash from credential)"),
            bad(
                "/v1/devices",
                "filter",
                "colour:red",
                "name",
                "name:",
                "name:>a AND",
                "AND",
                "(",
                ")",
                "(".repeat(500),
                "NOT ".repeat(500) + "name:a",
                "(".repeat(200) + "name:a" + ")".repeat(200),
                String.join(" OR ", Collections.nCopies(100, "name:a")),
                "name:" + "*a".repeat(3_000),
                "name:" + "x".repeat(3_000),
                "name:" + "a,".repeat(200) + "a",
                "name:\"open",
                "name:a name:b",
                "cpu_percent:>abc",
                "cpu_percent:NaN",
                "cpu_percent:>1e999",
                "last_seen:<tomorrow",
                "last_seen:<-99999999999999d",
                "last_seen:2024-02-30",
                "tenant_id:t2 OR status:online",
                "1=1",
                "name:a' OR '1'='1",
                "metadata:x",
                "hash:*"),
            bad("/v1/devices?limit=1", "cursor", "", "x", "AAAA", "!!!!", "a".repeat(5_000)),
            bad("/v1/commands", "limit", "0", "-1", "1001", "x"),
            bad("/v1/commands", "device", "a/b", "", " ", "x".repeat(129)),
            bad("/v1/commands", "status", "done", "", "QUEUED'--"),
            bad("/v1/commands", "cursor", "", "x", "exec_0000000000000000", "a".repeat(5_000)),
            bad("/v1/audit", "limit", "0", "1001", "x"),
            bad(
                "/v1/audit",
                "since",
                "yesterday",
                "",
                "2026-13-01T00:00:00Z",
                "2026-01-01",
                "1700000000",
                "+1000000000-12-31T23:59:59.999999999Z",
                "-1000000000-01-01T00:00:00Z"),
            bad("/v1/audit", "until", "now", "+1000000000-12-31T23:59:59.999999999Z"),
            bad("/v1/audit", "cursor", "", "x", "-1", "1.5", "99999999999999999999"))
        .flatMap(stream -> stream);
  }

  private static Stream<Arguments> bad(String path, String name, String... values) {
    return Stream.of(values).map(value -> Arguments.of(path, name, value));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("badValues")
  void badQuery_isRefusedByName(String path, String name, String value) {
    String url =
        path.contains("?")
            ? path + "&" + query("", name, value).substring(1)
            : query(path, name, value);
    Answers.refusal(muster.admin().get(url), path, 400, name);
  }

  @Test
  void cursor_ofAnotherListOrCaller_isRefused() {
    String cursor = muster.admin().get("/v1/devices?limit=2").expect(200).text("next_cursor");
    muster.admin().get("/v1/devices?limit=2&cursor=" + cursor).expect(200);
    for (String other :
        List.of(
            "/v1/devices?limit=2&search=q&cursor=",
            "/v1/devices?limit=2&filter=name:*&cursor=",
            "/v1/devices?limit=2&order_by=created_at&cursor=",
            "/v1/devices?limit=2&status=offline&cursor=")) {
      Answers.refusal(muster.admin().get(other + cursor), "/v1/devices", 400, "cursor");
    }
    Answers.refusal(
        muster
            .withKey(Map.of("name", "s", "role", "viewer", "scope", "name:q*"))
            .get("/v1/devices?limit=2&cursor=" + cursor),
        "/v1/devices",
        400,
        "cursor");
    String forged = (cursor.startsWith("A") ? "B" : "A") + cursor.substring(1);
    Answers.refusal(
        muster.admin().get("/v1/devices?limit=2&cursor=" + forged), "/v1/devices", 400, "cursor");
    muster.clock().advance(Duration.ofHours(25));
    Answers.refusal(
        muster.admin().get("/v1/devices?limit=2&cursor=" + cursor), "/v1/devices", 400, "cursor");
  }

  @Test
  @DisplayName("F006: more tags than a query can bear are refused, not crashed on")
  void thousandTags_areRefused() {
    String many = "/v1/devices?tag=a" + "&tag=a".repeat(1_200);
    Answers.refusal(muster.admin().get(many), "/v1/devices", 400, "tag");
    Answers.sane(muster.admin().get("/v1/devices?status=online" + "&status=online".repeat(500)));
  }

  @ParameterizedTest
  @MethodSource("oddPositions")
  void output_oddPosition_isRefusedOrNothing(String position, int expected) {
    String path =
        muster.server().routes().stream()
            .filter(route -> route.path().endsWith("/output"))
            .map(samples::path)
            .findFirst()
            .orElseThrow();
    assertThat(Answers.sane(muster.admin().get(query(path, "from_seq", position))).status())
        .isEqualTo(expected);
    if (!position.isEmpty()) {
      assertThat(
              Answers.sane(
                      muster
                          .admin()
                          .send("GET", path, Optional.empty(), Map.of("Last-Event-ID", position)))
                  .status())
          .isEqualTo(expected);
    }
  }

  static Stream<Arguments> oddPositions() {
    return Stream.of(
        Arguments.of("0", 200),
        Arguments.of("-5", 200),
        Arguments.of("1048576", 200),
        Arguments.of("9223372036854775807", 200),
        Arguments.of("9223372036854775808", 400),
        Arguments.of("abc", 400),
        Arguments.of("", 400));
  }

  /// Every route that names something, with names nothing has.
  @TestFactory
  Stream<DynamicTest> oddIds_areNotFound() {
    return muster.server().routes().stream()
        .filter(Samples::isForPeople)
        .filter(Samples::namesSomething)
        .map(route ->
            DynamicTest.dynamicTest(
                route.method() + " " + route.path(),
                () -> {
                  for (String id :
                      List.of(
                          "%2F",
                          "a%2Fb",
                          "%2e%2e%2f%2e%2e%2fetc",
                          "%00",
                          "a%00b",
                          "%0d%0aX-Evil:1",
                          "%FF",
                          "%ED%A0%80",
                          "%E2%80%AE",
                          "%25",
                          "%252F",
                          "%20",
                          "'--",
                          "%22",
                          "*",
                          "a".repeat(3_800), // twice in a path, and still within a request line
                          "%F0%9F%98%80",
                          ";",
                          "a;b=c",
                          "~",
                          "%5c..%5c",
                          "0",
                          "-1",
                          "null",
                          "undefined",
                          "%7B%7D")) {
                    idRefused(route, id);
                  }
                }));
  }

  private static void idRefused(Route route, String id) {
    TestReply reply =
        Answers.sane(
            muster
                .admin()
                .send(
                    route.method().name(),
                    Samples.filled(route.path(), id),
                    samples.body(route).map(Object::toString),
                    Map.of()));
    if (route.path().contains("{tool}") && reply.status() == 204) {
      // Clearing the preference for a tool there is none for is done already.
      return;
    }
    Answers.refusal(reply, route.path());
    assertThat(reply.headers().map()).doesNotContainKey("x-evil");
    // The name of a tool is a value, which may be wrong, not a thing that may be missing.
    boolean isValue = route.path().contains("{tool}");
    assertThat(reply.status()).as(id).isIn(isValue ? List.of(400, 404, 422) : List.of(400, 404));
  }

  /// What an HTTP client would tidy up before it sends it.
  @ParameterizedTest
  @MethodSource("oddTargets")
  void oddTargets_areRefused(String target) {
    RawConnection.Answer answer =
        RawConnection.ask(
            muster,
            "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                .formatted(target, muster.adminKey()));
    assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
    assertThat(answer.text()).doesNotContain("Exception").doesNotContain("root:");
    assertThat(answer.header("x-request-id")).as(answer.text()).isPresent();
  }

  static Stream<String> oddTargets() {
    return Stream.of(
        "/v1/devices/../../etc/passwd",
        "/install/../../../../etc/passwd",
        "/install/%2e%2e/%2e%2e/etc/passwd",
        "/install/..%2f..%2fserver/muster.db",
        "/v1/devices/..;/admin",
        "//v1/nothing",
        "/v1/devices/\u0001",
        "/v1/devices/a\tb",
        "/v1/devices/%",
        "/v1/devices/%zz",
        "nothing",
        "*",
        "http://evil/v1/nothing",
        "/" + "a".repeat(9_000));
  }

  @Test
  void unknownPath_isNotFoundInItsDialect() {
    for (String path :
        List.of(
            "/",
            "/v1",
            "/v1/",
            "/v1/nothing",
            "/v1/devices/",
            "/nothing",
            "/api",
            "/api/",
            "/api/nothing",
            "/api/users/a/b",
            "/API/me",
            "/v2/devices",
            "/healthz/",
            "/install/x",
            "/favicon.ico",
            "/.env",
            "/actuator/heapdump",
            "/debug/pprof")) {
      TestReply reply = Answers.refusal(muster.admin().get(path), path);
      assertThat(reply.status()).as(path).isEqualTo(404);
      assertThat(Answers.refusal(muster.anonymous().get(path), path).status()).isEqualTo(404);
    }
  }

  @TestFactory
  Stream<DynamicTest> otherMethod_is405WithAllow() {
    return muster.server().routes().stream()
        .map(Route::path)
        .distinct()
        .map(path -> DynamicTest.dynamicTest(path, () -> otherMethods(path)));
  }

  private static void otherMethods(String path) {
    String url = Samples.filled(path, "dev_0000000000000000");
    List<HttpMethod> known =
        muster.server().routes().stream()
            .filter(route ->
                route.path().equals(path)
                    || Samples.namesSomething(route)
                        && url.matches(route.path().replaceAll("\\{[a-z]+}", "[^/]+")))
            .map(Route::method)
            .toList();
    for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")) {
      if (known.contains(HttpMethod.valueOf(method))) {
        continue;
      }
      TestReply reply =
          Answers.refusal(muster.admin().send(method, url, Optional.empty(), Map.of()), path);
      assertThat(reply.status()).as(method + " " + url).isEqualTo(405);
      assertThat(List.of(reply.header("allow").split(", ")))
          .as(method + " " + url)
          .containsAll(known.stream().map(HttpMethod::name).distinct().toList())
          .doesNotContain(method);
    }
  }

  @Test
  void debugHeaders_showNothing() {
    TestReply reply =
        muster
            .admin()
            .send(
                "GET",
                "/v1/devices?limit=0",
                Optional.empty(),
                Map.of("X-Debug", "true", "X-Bypass-Rate-Limit", "true", "X-Request-Id", "mine"));
    Answers.refusal(reply, "/v1/devices", 400, "limit");
    assertThat(reply.header("x-request-id")).isNotEqualTo("mine");
    assertThat(reply.header("server")).isEmpty();
  }
}
