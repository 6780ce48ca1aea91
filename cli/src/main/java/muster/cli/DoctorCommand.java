package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `muster doctor`: what the server says of itself, and what can only be seen from here.
@Command(
    name = "doctor",
    header = "Look for trouble in the running server, and say what to do.",
    description = {
      "",
      "Exit code 1 when something is FAIL. The server reads its whole store for it.",
      "A data directory, with a server or without:  muster doctor --data <dir>",
      ""
    },
    sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
  private static final Duration CLOCKS_APART = Duration.ofSeconds(30);

  private final Session session;

  DoctorCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ObjectNode answer = Json.object();
    ArrayNode checks = answer.putArray("checks");
    try {
      Instant asked = session.terminal().now();
      JsonNode server = session.api().get("/v1/doctor");
      Instant answered = session.terminal().now();
      checks.add(reached());
      checks.add(versions(Json.text(server, "version")));
      checks.add(clocks(Json.text(server, "time"), asked, answered));
      server.path("checks").forEach(checks::add);
    } catch (Failure unreachable) {
      if (unreachable.exit() != Exit.UNREACHABLE) {
        throw unreachable;
      }
      String advice = "start it: ./muster up; look at its files: muster doctor --data <dir>";
      checks.add(check("FAIL", "server", String.valueOf(unreachable.getMessage()), advice));
    }
    boolean ok = true;
    for (JsonNode each : checks) {
      ok &= !Json.text(each, "status").equals("FAIL");
    }
    answer.put("ok", ok);
    if (session.output().asJson()) {
      session.output().json(answer);
    } else {
      checks.forEach(this::print);
    }
    return ok ? Exit.OK : Exit.FAILURE;
  }

  private JsonNode reached() {
    Connection connection = session.connection();
    boolean secure = connection.server().getScheme().equalsIgnoreCase("https");
    String how =
        secure
            ? connection.caPin().isPresent() ? "over TLS, its CA is the pinned one" : "over TLS"
            : "in the clear, as on one machine";
    return check("ok", "server", connection.server() + " answers " + how, "");
  }

  private static JsonNode versions(String server) {
    return server.equals(Muster.version())
        ? check("ok", "version", server, "")
        : check(
            "warn",
            "version",
            "server %s, this program %s".formatted(server, Muster.version()),
            "use the command line of the server's version");
  }

  /// The server's clock against the middle of the time that the answer took.
  private static JsonNode clocks(String server, Instant asked, Instant answered) {
    try {
      Instant theirs = Instant.parse(server);
      boolean fits =
          theirs.isAfter(asked.minus(CLOCKS_APART)) && theirs.isBefore(answered.plus(CLOCKS_APART));
      return fits
          ? check("ok", "clocks", "the server's and this machine's agree", "")
          : check(
              "warn",
              "clocks",
              "the server has %s, this machine %s".formatted(server, answered),
              "set the one that is wrong");
    } catch (DateTimeParseException e) {
      return check("warn", "clocks", "the server did not say its time", "");
    }
  }

  private static ObjectNode check(String status, String check, String what, String advice) {
    return Json.object()
        .put("status", status)
        .put("check", check)
        .put("what", what)
        .put("advice", advice);
  }

  private void print(JsonNode check) {
    String advice = Json.text(check, "advice");
    session
        .output()
        .print(
            "%s  %s %s%s\n"
                .formatted(
                    Text.pad(Text.visible(Json.text(check, "status")), 4),
                    Text.pad(Text.visible(Json.text(check, "check")), 12),
                    Text.visible(Json.text(check, "what")),
                    advice.isEmpty() ? "" : "  — " + Text.visible(advice)));
  }
}
