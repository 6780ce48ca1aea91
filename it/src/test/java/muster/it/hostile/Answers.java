package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.regex.Pattern;
import muster.testkit.TestReply;

/// What every answer owes the caller, whatever was asked.
final class Answers {
  /// A Java class, a line of a stack trace, a piece of SQL, the store's or a library's name.
  private static final Pattern INNARDS =
      Pattern.compile(
          "(?i)exception|\\bat [a-z]+(\\.[A-Za-z0-9$]+)+\\(|\\.java\\b|jdbc|sqlite|select .* from"
              + "|insert into|no such column|\\bjava\\.|muster\\.(http|api|server|store|core)"
              + "|jackson|armeria|netty|/(tmp|home|root|work|var)/");

  private Answers() {}

  /// An answer to anything at all: with an id, without innards, not our mistake.
  static TestReply sane(TestReply reply) {
    String what = shown(reply);
    assertThat(reply.status()).as(what).isLessThan(500);
    assertThat(reply.header("x-request-id")).as(what).startsWith("req_");
    if (reply.status() >= 400) {
      // A request's id is random letters, which may spell anything.
      String said = reply.body().replace(reply.header("x-request-id"), "");
      assertThat(INNARDS.matcher(said).find()).as(what).isFalse();
    }
    return reply;
  }

  /// A refusal in the form of the dialect whose path it is; for a request that can't even be read
  /// as HTTP, in the form of all paths that are nobody's.
  static TestReply refusal(TestReply reply, String path) {
    sane(reply);
    String what = shown(reply);
    assertThat(reply.status()).as(what).isBetween(400, 499);
    assertThat(reply.header("content-type")).as(what).startsWith("application/json");
    if (isHead(reply)) {
      return reply; // it has no body to look at
    }
    JsonNode json = reply.json();
    assertThat(json.path("request_id").asText()).as(what).isEqualTo(reply.header("x-request-id"));
    boolean readable = !reply.body().contains("\"malformed request (");
    if (readable && isAgentbots(reply, path)) {
      assertThat(json.fieldNames())
          .toIterable()
          .as(what)
          .containsExactlyInAnyOrder("error", "request_id");
      assertThat(message(reply)).as(what).isNotBlank().hasSizeLessThan(1000);
      return reply;
    }
    assertThat(json.path("error").asText()).as(what).matches("[a-z_]+");
    if (path.startsWith("/api/") && readable) {
      assertThat(json.fieldNames())
          .toIterable()
          .as(what)
          .filteredOn(name -> !(reply.status() == 409 && name.equals("reason")))
          .containsExactlyInAnyOrder("error", "message", "status", "request_id");
      assertThat(json.path("reason").asText()).as(what).matches("[a-z_]*");
      assertThat(json.path("status").asInt()).as(what).isEqualTo(reply.status());
    } else {
      assertThat(json.fieldNames())
          .toIterable()
          .as(what)
          .containsExactlyInAnyOrder("detail", "error", "request_id");
    }
    assertThat(message(reply)).as(what).isNotBlank().hasSizeLessThan(1000);
    return reply;
  }

  /// A refusal with that status whose message names `field`.
  static void refusal(TestReply reply, String path, int status, String field) {
    refusal(reply, path);
    assertThat(reply.status()).as(shown(reply)).isEqualTo(status);
    if (!isHead(reply)) {
      assertThat(message(reply)).as(shown(reply)).contains(field);
    }
  }

  private static boolean isHead(TestReply reply) {
    return reply.request().startsWith("HEAD ");
  }

  static String message(TestReply reply) {
    for (String key : List.of("detail", "message")) {
      if (reply.json().has(key)) {
        return reply.json().path(key).asText();
      }
    }
    return reply.json().path("error").asText();
  }

  /// Whether the errors there have the form that two of the pages have.
  private static boolean isAgentbots(TestReply reply, String path) {
    return path.startsWith("/api/agent")
        || path.split("\\?")[0].equals("/api/devices") && reply.request().startsWith("POST ");
  }

  private static String shown(TestReply reply) {
    String body = reply.body();
    return "%.300s: %d %.500s".formatted(reply.request(), reply.status(), body);
  }
}
