package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import muster.http.Route;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;

/// Every body a route takes, spoiled in every way. One test a way and route.
class HostileBodiesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REGISTER = "/v1/agent/register";
  private static final String CLAIM = "/api/devices/pair/claim";

  /// What machines say of themselves: a null is an absent field there, text is cleaned and not
  /// refused, and unknown fields are those of agents of tomorrow.
  private static final Set<String> OF_MACHINES = Set.of(REGISTER, CLAIM);

  private static TestMuster muster;
  private static Samples samples;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    samples = new Samples(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// Routes that read a body; their sample is good. Agentbot's page fixes its texts, which name no
  /// field: AgentbotTest spoils its body.
  private static Stream<DynamicTest> eachRoute(ThrowingConsumer<Route> test) {
    return muster.server().routes().stream()
        .filter(route -> !route.dialect().name().equals("agentbot"))
        .filter(route -> samples.body(route).isPresent())
        .map(route ->
            DynamicTest.dynamicTest(
                route.method() + " " + route.path(),
                () -> {
                  // Registrations are counted by the minute, log-ins by their failures.
                  muster.clock().advance(Duration.ofMinutes(6));
                  test.accept(route);
                }));
  }

  private static ObjectNode body(Route route) {
    return samples.body(route).orElseThrow();
  }

  private static TestReply send(Route route, String body) {
    return send(route, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private static TestReply send(Route route, byte[] body, Map<String, String> headers) {
    if (route.path().equals(REGISTER)) {
      muster.clock().advance(Duration.ofSeconds(1));
    }
    if (Set.of("/api/login", CLAIM).contains(route.path())) {
      muster.clock().advance(Duration.ofSeconds(61));
    }
    return muster
        .admin()
        .sendBytes(route.method().name(), samples.path(route), Optional.of(body), headers);
  }

  @TestFactory
  Stream<DynamicTest> good_isTaken() {
    return eachRoute(
        route -> assertThat(send(route, body(route).toString()).status()).isBetween(200, 202));
  }

  @TestFactory
  Stream<DynamicTest> malformedJson_isRefused() {
    return eachRoute(route -> {
      for (String bad :
          List.of(
              "{",
              "}",
              "{\"a\"",
              "{\"a\":}",
              "{\"a\":1,}",
              "{'a':1}",
              "{a:1}",
              "{\"a\":nul}",
              "{\"a\":NaN}",
              "{\"a\":Infinity}",
              "{\"a\":01}",
              "{\"a\":\"\n\"}",
              "{\"a\":\"\\x\"}",
              "{\"a\":\"\\u12\"}",
              "{} {}",
              "{}x",
              "/* c */{}",
              "\"",
              "a=b&c=d",
              "<a/>",
              "\u0000",
              " ")) {
        Answers.refusal(send(route, bad), route.path(), 400, "body");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> otherTopLevel_isRefused() {
    return eachRoute(route -> {
      for (String bad : List.of("[]", "[{}]", "\"text\"", "5", "1.5", "true", "null")) {
        Answers.refusal(send(route, bad), route.path(), 400, "body");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> wrongType_isRefusedByName() {
    return eachRoute(route ->
        body(route)
            .fieldNames()
            .forEachRemaining(field -> {
              JsonNode good = body(route).get(field);
              for (String bad : wrongTypes(route, good)) {
                ObjectNode body = body(route);
                boolean noLong = bad.startsWith("999"); // found before the fields are looked at
                Answers.refusal(
                    send(route, with(body, field, bad)),
                    route.path(),
                    noLong ? 400 : wrongField(route),
                    noLong ? "body: a number out of range at line 1" : field);
              }
            }));
  }

  /// Snippbot has a status of its own for it.
  private static int wrongField(Route route) {
    return route.path().startsWith("/api/device") ? 422 : 400;
  }

  /// JSON values that are not of the kind of `good`.
  private static List<String> wrongTypes(Route route, JsonNode good) {
    boolean nullIsAbsent = OF_MACHINES.contains(route.path());
    return Stream.of(
            "null",
            "true",
            "5",
            "-1.5",
            "1e400",
            "9".repeat(400),
            "\"text\"",
            "[]",
            "[null]",
            "[{}]",
            "[[\"a\"]]",
            "{}",
            "{\"a\":1}")
        .filter(bad -> !(nullIsAbsent && bad.equals("null")))
        .filter(bad -> !(good.isTextual() && bad.equals("\"text\"")))
        .filter(bad -> !(good.isArray() && bad.equals("[]")))
        .filter(bad -> !(good.isObject() && bad.startsWith("{")))
        .filter(bad -> !(good.isBoolean() && bad.equals("true")))
        .filter(bad -> !(good.isIntegralNumber() && bad.equals("5")))
        .toList();
  }

  /// The body's text with one field's value replaced by raw JSON.
  private static String with(ObjectNode body, String field, String raw) {
    return body.put(field, "@RAW@").toString().replace("\"@RAW@\"", raw);
  }

  @TestFactory
  Stream<DynamicTest> missingField_isNamedWhenNeeded() {
    return eachRoute(route ->
        body(route)
            .fieldNames()
            .forEachRemaining(field -> {
              ObjectNode body = body(route);
              body.remove(field);
              TestReply reply = Answers.sane(send(route, body.toString()));
              if (reply.status() >= 400) {
                Answers.refusal(reply, route.path(), wrongField(route), field);
              }
            }));
  }

  @TestFactory
  Stream<DynamicTest> nulInText_isRefusedOrHarmless() {
    return eachRoute(route ->
        eachTextField(
            route,
            (field, good) -> {
              TestReply reply =
                  Answers.sane(send(route, with(body(route), field, "\"a\\u0000b\"")));
              if (!OF_MACHINES.contains(route.path())) {
                Answers.refusal(reply, route.path(), wrongField(route), field);
              }
            }));
  }

  @TestFactory
  Stream<DynamicTest> oddCharacters_areRefusedOrHarmless() {
    return eachRoute(route ->
        eachTextField(
            route,
            (field, good) -> {
              for (String odd :
                  List.of(
                      "\\u0001\\u001b[31mred",
                      "\\ud800",
                      "a\\udc00b",
                      "\\ud83d\\ude00",
                      "\\u202egnp.exe",
                      "\\u2028",
                      "\\uffff",
                      "' OR 1=1 --",
                      "\\\"; DROP TABLE device; --",
                      "../../etc/passwd",
                      "${jndi:ldap://127.0.0.1/x}",
                      "$(id)",
                      "%s%n%d",
                      "x".repeat(10_000))) {
                TestReply reply =
                    Answers.sane(send(route, with(body(route), field, "\"" + odd + "\"")));
                if (reply.status() >= 400) {
                  Answers.refusal(reply, route.path());
                }
              }
            }));
  }

  private interface TextField {
    void accept(String field, JsonNode good);
  }

  private static void eachTextField(Route route, TextField test) {
    ObjectNode body = body(route);
    body.fieldNames()
        .forEachRemaining(field -> {
          if (body.get(field).isTextual()) {
            test.accept(field, body.get(field));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> oddText_isRefusedDeepInsideToo() {
    return eachRoute(route -> {
      if (!body(route).has("args")) {
        return;
      }
      for (String args :
          List.of(
              "{\"argv\":[\"a\\u0000b\"]}",
              "{\"env\":{\"A\":\"\\ud800\"}}",
              "{\"env\":{\"\\udfff\":\"x\"}}",
              "{\"env\":{\"\\u0000\":\"x\"}}",
              "{\"n\":1e999}",
              "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}")) {
        TestReply reply =
            Answers.refusal(send(route, with(body(route), "args", args)), route.path());
        assertThat(reply.status()).isIn(400, wrongField(route));
      }
      Answers.sane(send(route, with(body(route), "args", "{\"n\":%s}".formatted("9".repeat(90)))));
    });
  }

  @TestFactory
  Stream<DynamicTest> tooLong_isRefusedAs413() {
    return eachRoute(route -> {
      byte[] body = new byte[1024 * 1024];
      Arrays.fill(body, (byte) ' ');
      System.arraycopy("{\"name\":\"".getBytes(StandardCharsets.UTF_8), 0, body, 0, 9);
      Answers.refusal(send(route, body, Map.of()), route.path(), 413, "body");
    });
  }

  @TestFactory
  Stream<DynamicTest> deepNesting_isRefused() {
    return eachRoute(route -> {
      for (String bad :
          List.of("[".repeat(3_000), "{\"a\":".repeat(600), "{\"a\":" + "[".repeat(3_000))) {
        Answers.refusal(send(route, bad), route.path(), 400, "body");
      }
      if (body(route).isEmpty()) {
        return;
      }
      String field = body(route).fieldNames().next();
      String deep = "[".repeat(1_500) + "]".repeat(1_500);
      Answers.refusal(send(route, with(body(route), field, deep)), route.path(), 400, "body");
    });
  }

  @TestFactory
  Stream<DynamicTest> duplicateField_isRefused() {
    return eachRoute(route -> {
      ObjectNode body = body(route);
      if (body.isEmpty()) {
        return;
      }
      String field = body.fieldNames().next();
      String twice =
          "{\"%s\":%s,%s".formatted(field, body.get(field), body.toString().substring(1));
      Answers.refusal(send(route, twice), route.path(), 400, "body");
    });
  }

  @TestFactory
  Stream<DynamicTest> unknownField_isRefusedByName() {
    return eachRoute(route -> {
      for (String name :
          List.of("approval", "org_id", "__proto__", "id", "", "\ud83d\ude00", "n".repeat(5_000))) {
        ObjectNode body = body(route);
        body.put(name, "v");
        TestReply reply = Answers.sane(send(route, body.toString()));
        // Log-in pages send what they like.
        if (!OF_MACHINES.contains(route.path()) && !route.path().equals("/api/login")) {
          String shown = name.length() > 64 ? "n".repeat(64) : name;
          Answers.refusal(reply, route.path(), wrongField(route), shown);
        }
      }
      TestReply broken =
          send(route, body(route).toString().replaceFirst("\\{", "{\"\\\\ud800\":1,"));
      Answers.sane(broken);
    });
  }

  @TestFactory
  Stream<DynamicTest> otherContentType_isRefusedAs415() {
    return eachRoute(route -> {
      for (String type :
          List.of(
              "text/plain",
              "application/x-www-form-urlencoded",
              "multipart/form-data; boundary=x",
              "application/xml",
              "application/octet-stream",
              "garbage")) {
        byte[] body = body(route).toString().getBytes(StandardCharsets.UTF_8);
        Answers.refusal(
            send(route, body, Map.of("Content-Type", type)), route.path(), 415, "Content-Type");
      }
      assertThat(
              send(
                      route,
                      body(route).toString().getBytes(StandardCharsets.UTF_8),
                      Map.of("Content-Type", "application/json; charset=utf-8"))
                  .status())
          .isBetween(200, 202);
    });
  }

  /// F009 and F018: nothing is suggested, nothing is changed.
  private static final Set<String> EMPTY_BODY_WILL_DO =
      Set.of(
          "POST /v1/devices/enrollment",
          "PATCH /v1/devices/{id}",
          "PATCH /api/devices/{id}",
          "POST /api/devices/pair",
          "POST /api/devices/{id}/remote/start",
          "POST /api/devices/{id}/remote/stop");

  @TestFactory
  Stream<DynamicTest> emptyBody_isRefusedUnlessOptional() {
    return eachRoute(route -> {
      TestReply reply = Answers.sane(send(route, ""));
      if (EMPTY_BODY_WILL_DO.contains(route.method() + " " + route.path())) {
        assertThat(reply.status()).isIn(200, 201);
      } else {
        Answers.refusal(reply, route.path(), 400, "body");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> notUtf8_isRefused() {
    return eachRoute(route -> {
      String text = body(route).toString();
      Answers.refusal(
          send(route, text.getBytes(StandardCharsets.UTF_16LE), Map.of()),
          route.path(),
          400,
          "body");
      Answers.refusal(
          send(route, text.getBytes(StandardCharsets.UTF_16), Map.of()), route.path(), 400, "body");
      for (byte[] bad :
          new byte[][] {
            {(byte) 0xff},
            {(byte) 0xc0, (byte) 0xaf},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xf8, (byte) 0x88, (byte) 0x80, (byte) 0x80},
            {(byte) 0xe2, (byte) 0x82}
          }) {
        String field = body(route).isEmpty() ? "any" : body(route).fieldNames().next();
        byte[] before = ("{\"" + field + "\":\"a").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(before, before.length + bad.length + 2);
        System.arraycopy(bad, 0, all, before.length, bad.length);
        all[all.length - 2] = '"';
        all[all.length - 1] = '}';
        Answers.refusal(send(route, all, Map.of()), route.path(), 400, "body");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> secrets_areNeverEchoed() {
    return eachRoute(route -> {
      for (String secret : List.of("password", "enrollment_token", "code")) {
        if (!body(route).has(secret)) {
          continue;
        }
        for (String bad :
            List.of("\"hunter2-hunter2\\u0000\"", "72727272727", "[\"hunter2-hunter2\"]")) {
          assertThat(send(route, with(body(route), secret, bad)).body())
              .doesNotContain("hunter2")
              .doesNotContain("727272");
        }
      }
    });
  }

  /// Routes that read no body do not care what is in it, but there is an end to it.
  @TestFactory
  Stream<DynamicTest> unreadBody_isBoundedToo() {
    return muster.server().routes().stream()
        .filter(route -> samples.body(route).isEmpty() && !route.streamsBody())
        .filter(Samples::isForPeople)
        .filter(route -> route.method() != HttpMethod.DELETE)
        .map(route ->
            DynamicTest.dynamicTest(
                route.method() + " " + route.path(),
                () ->
                    Answers.refusal(
                        send(route, new byte[1024 * 1024], Map.of()), route.path(), 413, "body")));
  }
}
