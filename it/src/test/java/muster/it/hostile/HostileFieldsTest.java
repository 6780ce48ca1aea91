package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import muster.http.Route;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every field of every body a route takes, spoiled in every way. One test a way and route.
class HostileFieldsTest extends HostileBodies {
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
        .filter(bad -> !(good.isNumber() && bad.equals("5")))
        .toList();
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
              if (!isTaken(route, reply)) {
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
}
