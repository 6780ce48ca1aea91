package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class LiveCommandsTest {
  private static final String LOGS = "/api/agents/dev_1/stream/logs";
  private static final String METRICS = "/api/agents/dev_1/stream/metrics";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    return Cli.run(server, terminal, args);
  }

  @Test
  void logs_ofAUnit_areItsLastLines() {
    server.on(
        "GET " + LOGS,
        FakeServer.events(
            "retry: 3000\n\nid: c1\ndata: one\ndata: more\n\n", "id: c2\ndata: \u001b[2J\n\n"));

    Cli run = run("logs", "web-1", "--unit", "nginx", "-n", "2");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).isEqualTo("one\nmore\n\u001b[2J\n");
    assertThat(server.only("GET", LOGS).target())
        .isEqualTo(LOGS + "?source=journald&unit=nginx&tail=2&follow=false");
  }

  @Test
  void logs_onATerminal_showWhatItWouldObey() {
    terminal.asTerminal(80);
    server.on("GET " + LOGS, FakeServer.events("id: c1\ndata: a\tb\u001b[2J\u202e\ndata: c\n\n"));

    assertThat(run("logs", "web-1", "--file", "/var/log/syslog").out())
        .isEqualTo("a\tb\\u001b[2J\\u202e\nc\n");
    assertThat(server.only("GET", LOGS).target())
        .contains("?source=file&path=%2Fvar%2Flog%2Fsyslog&");
  }

  @Test
  void logs_json_isAnObjectALine() {
    server.on("GET " + LOGS, FakeServer.events("id: c1\ndata: one\n\n"));

    assertThat(run("logs", "web-1", "--json").out())
        .isEqualTo("{\"id\":\"c1\",\"text\":\"one\"}\n");
  }

  @Test
  void logs_follow_goesOnBehindTheLastLine_alsoWhileTheDeviceIsAway() {
    server.on(
        "GET " + LOGS,
        FakeServer.cutAfter("id: c1\ndata: one\n\n"),
        FakeServer.json(409, "{\"error\":\"device dev_1 is offline\"}"),
        FakeServer.events(
            "event: gap\ndata: {\"missed\":7}\n\n",
            "id: c9\ndata: nine\n\n",
            "event: error\ndata: {\"error\":\"the server stops\"}\n\n"),
        FakeServer.error(401, "the token is unknown, expired or revoked"));

    Cli run = run("logs", "web-1", "-f");

    assertThat(run.out()).isEqualTo("one\nnine\n");
    assertThat(run.err()).contains("7 lines are missing", "the server stops", "revoked");
    assertThat(run.exit()).isEqualTo(Exit.DENIED);
    assertThat(server.all("GET", LOGS).stream().map(request -> request.header("Last-event-id")))
        .containsExactly(null, "c1", "c1", "c9");
  }

  @Test
  void logs_refused_saysWhy() {
    server.on("GET " + LOGS, FakeServer.json(409, "{\"error\":\"no journald here\"}"));

    Cli run = run("logs", "web-1", "-f");

    assertThat(run.err()).isEqualTo("muster: no journald here\n");
    assertThat(run.exit()).isNotZero();
  }

  @Test
  void logs_thatBreakOff_areAFailure() {
    server.on(
        "GET " + LOGS,
        FakeServer.events(
            "id: c1\ndata: one\n\n",
            "event: error\ndata: {\"error\":\"the device's connection ended\"}\n\n"));

    Cli run = run("logs", "web-1");

    assertThat(run.out()).isEqualTo("one\n");
    assertThat(run.err()).isEqualTo("muster: the device's connection ended\n");
    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
  }

  @Test
  void metrics_areALineEach() {
    server.on(
        "GET " + METRICS,
        FakeServer.events(
            "data: {\"cpu_percent\":12.5,\"mem_percent\":45.2,\"load_1m\":0.45,\"load_5m\":0.38,"
                + "\"load_15m\":0.32,\"uptime_s\":432000,\"timestamp\":1776263400}\n\n",
            "event: offline\ndata: {\"last_seen\":1776263400}\n\n"),
        FakeServer.error(401, "the token is unknown, expired or revoked"));

    Cli run = run("metrics", "web-1");

    assertThat(run.out())
        .contains("cpu 12.5 %  memory 45.2 %  load 0.45 0.38 0.32  up 5d")
        .hasLineCount(1);
    assertThat(run.err()).contains("web-1 is offline");
  }

  @Test
  void metrics_json_isAnObjectALine() {
    server.on(
        "GET " + METRICS,
        FakeServer.events("data: {\"cpu_percent\":12.5,\"timestamp\":1}\n\n"),
        FakeServer.error(401, "gone"));

    assertThat(run("metrics", "web-1", "--json").out())
        .isEqualTo("{\"cpu_percent\":12.5,\"timestamp\":1}\n");
  }

  private static final String ONLINE =
      """
      id: 7
      event: status_change
      data: {"timestamp":"2026-04-15T14:30:00Z","device_id":"dev_1",\
      "data":{"type":"device.online","address":"127.0.0.1"}}

      """;

  @Test
  void events_areALineEach_andGoOnBehindTheLast() {
    server.on(
        "GET /v1/events",
        FakeServer.cutAfter(ONLINE),
        FakeServer.events("id: 9\nevent: gap\ndata: {\"after\":7,\"id\":9}\n\n"),
        FakeServer.error(401, "gone"));

    Cli run = run("events", "--filter", "tag:prod");

    assertThat(run.out()).endsWith("  dev_1  device.online  address=127.0.0.1\n");
    assertThat(run.err()).contains("what happened behind event 7 is not kept");
    assertThat(server.all("GET", "/v1/events").stream().map(FakeServer.Request::target))
        .containsOnly("/v1/events?filter=tag%3Aprod&events=status_change%2Cdeployment&follow=true");
    assertThat(
            server.all("GET", "/v1/events").stream()
                .map(request -> request.header("Last-event-id")))
        .containsExactly(null, "7", "9");
  }

  @Test
  void events_onATerminal_nameTheDevice() {
    terminal.asTerminal(80);
    server.on("GET /v1/events", FakeServer.events(ONLINE));

    assertThat(run("events", "--past").out()).contains("  web-1  device.online");
  }

  @Test
  void events_json_haveAllThatIsKnown() {
    server.on("GET /v1/events", FakeServer.events(ONLINE));

    assertThat(run("events", "--past", "--kind", "heartbeat", "--after", "5", "--json").out())
        .isEqualTo(
            "{\"event\":\"status_change\",\"id\":7,\"timestamp\":\"2026-04-15T14:30:00Z\","
                + "\"device_id\":\"dev_1\","
                + "\"data\":{\"type\":\"device.online\",\"address\":\"127.0.0.1\"}}\n");
    assertThat(server.only("GET", "/v1/events").target())
        .isEqualTo("/v1/events?events=heartbeat&after=5&follow=false");
  }
}
