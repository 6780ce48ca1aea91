package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.StringJoiner;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class AuditCommandTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  /// Newest first, as the server gives them.
  private static String entries(int newest, int oldest) {
    StringJoiner entries = new StringJoiner(",", "{\"entries\":[", "]}");
    for (int seq = newest; seq >= oldest; seq--) {
      entries.add(
          """
          {"seq":%d,"at":"2026-04-15T14:30:%02dZ","actor":"user:anna","action":"device.delete",
           "target":"dev_%d","outcome":"ok","surface":"kvmfleet","address":"127.0.0.1",
           "request_id":"req_1","detail":{"name":"a\\u001b"},"hash":"x"}\
          """
              .formatted(seq, seq % 60, seq));
    }
    return entries.toString();
  }

  @Test
  void audit_isNewestLast() {
    server.on("GET /v1/audit", entries(2, 1));

    assertThat(run("audit").out())
        .isEqualTo(
            """
            AT\tOUTCOME\tACTOR\tACTION\tTARGET\tADDRESS\tDETAIL
            2026-04-15T14:30:01Z\tok\tuser:anna\tdevice.delete\tdev_1\t127.0.0.1\t{"name":"a\\u001B"}
            2026-04-15T14:30:02Z\tok\tuser:anna\tdevice.delete\tdev_2\t127.0.0.1\t{"name":"a\\u001B"}
            """);
  }

  @Test
  void audit_optionsBecomeQuery() {
    server.on("GET /v1/audit", entries(1, 1));

    run(
        "audit",
        "--actor",
        "user:anna",
        "--action",
        "device.*",
        "--target",
        "dev_1",
        "--outcome",
        "denied",
        "--request",
        "req_1",
        "--since",
        "1h",
        "--until",
        "30m",
        "--limit",
        "3");

    assertThat(server.requests.getFirst().target())
        .isEqualTo(
            "/v1/audit?actor=user%3Aanna&action=device.*&target=dev_1&outcome=denied"
                + "&request_id=req_1&since=2026-04-15T13%3A33%3A00Z"
                + "&until=2026-04-15T14%3A03%3A00Z&limit=3");
  }

  @Test
  void audit_badSince_isUsage() {
    assertThat(run("audit", "--since", "yesterday").exit()).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).contains("--since: yesterday (expected: 1h");
  }

  @Test
  void audit_json_isTheServersObject() throws Exception {
    server.on("GET /v1/audit", entries(2, 1));

    assertThat(Json.read(run("audit", "--json").out())).isEqualTo(Json.read(entries(2, 1)));
  }

  @Test
  void follow_printsEachNewEntryOnce() {
    int[] polls = {0};
    terminal.beforeSleep =
        () -> {
          if (polls[0]++ == 3) {
            throw new InterruptedException();
          }
        };
    server
        .on("GET /v1/audit?limit=10", FakeServer.json(200, entries(3, 2)))
        .on(
            "GET /v1/audit?limit=100",
            FakeServer.json(200, entries(3, 1)),
            FakeServer.json(200, entries(5, 1)),
            FakeServer.json(200, entries(6, 1)));

    Cli run = run("audit", "-f");

    assertThat(run.exit()).isEqualTo(Exit.CANCELLED);
    assertThat(run.out().lines().map(line -> line.split("\t", -1)[4]))
        .containsExactly("dev_2", "dev_3", "dev_4", "dev_5", "dev_6");
    assertThat(terminal.sleeps).allMatch(pause -> pause.toSeconds() == 2);
  }

  @Test
  void follow_moreThanAPageAtOnce_losesNothing() {
    int[] polls = {0};
    terminal.beforeSleep =
        () -> {
          if (polls[0]++ == 1) {
            throw new InterruptedException();
          }
        };
    String more = entries(250, 151).replace("]}", "],\"next_cursor\":\"x\"}");
    server
        .on("GET /v1/audit?limit=10", entries(1, 1))
        .on("GET /v1/audit?limit=100", more)
        .on("GET /v1/audit?limit=1000", entries(250, 1));

    assertThat(run("audit", "-f", "--json").out().lines())
        .hasSize(250)
        .allMatch(l -> l.startsWith("{"));
  }

  @Test
  void follow_nothingYetForTheFilter_startsAtTheEndOfTheLog() {
    int[] polls = {0};
    terminal.beforeSleep =
        () -> {
          if (polls[0]++ == 1) {
            throw new InterruptedException();
          }
        };
    server
        .on("GET /v1/audit?actor=a&limit=10", entries(0, 1))
        .on("GET /v1/audit?limit=1", entries(7, 7))
        .on("GET /v1/audit?actor=a&limit=100", entries(8, 8));

    assertThat(Cli.run(server, terminal.asTerminal(120), "audit", "-f", "--actor", "a").out())
        .isEqualTo(
            Times.local("2026-04-15T14:30:08Z")
                + "  ok       user:anna         device.delete         dev_8"
                + "                         127.0.0.1        name=a\\u001b\n");
  }

  @Test
  void verify_good_isOk() {
    server.on(
        "GET /v1/audit/verify", "{\"ok\":true,\"checked\":17,\"first_bad\":null,\"head\":\"ab\"}");

    assertThat(run("audit", "verify"))
        .isEqualTo(new Cli(0, "chain\tok\nchecked\t17\nfirst_bad\t\nproblem\t\nhead\t17:ab\n", ""));
  }

  @Test
  void verify_broken_fails() {
    server.on(
        "GET /v1/audit/verify", "{\"ok\":false,\"checked\":17,\"first_bad\":9,\"head\":\"ab\"}");

    Cli run = run("audit", "verify");

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.out()).contains("chain\tbroken", "first_bad\t9");
  }
}
