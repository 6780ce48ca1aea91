package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every body a route takes, spoiled as a whole. One test a way and route.
class HostileBodiesTest extends HostileBodies {
  @TestFactory
  Stream<DynamicTest> good_isTaken() {
    return eachRoute(
        route -> assertThat(isTaken(route, send(route, body(route).toString()))).isTrue());
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
      TestReply reply =
          send(
              route,
              body(route).toString().getBytes(StandardCharsets.UTF_8),
              Map.of("Content-Type", "application/json; charset=utf-8"));
      assertThat(isTaken(route, reply)).as("%s: %s", reply.request(), reply.body()).isTrue();
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
          "POST /api/devices/{id}/remote/stop",
          "POST /v1/device/certificate");

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
