package muster.cli;

import static muster.cli.FakeServer.cutAfter;
import static muster.cli.FakeServer.events;
import static muster.cli.FakeServer.json;
import static muster.cli.FakeServer.output;
import static muster.cli.FakeServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class CommandCommandsTest {
  private static final String OUTPUT = "GET /v1/commands/exec_1/output";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void commands_ofADevice_areAskedById() {
    String ended =
        Samples.ended("completed", "\"exit_code\":0,\"error\":null")
            .replace("\"duration_ms\":null", "\"duration_ms\":2345");
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("GET /v1/commands", "{\"commands\":[" + ended + "]}");

    Cli run = run("commands", "web-1", "--status", "completed", "--limit", "5");

    assertThat(server.only("GET", "/v1/commands").target())
        .isEqualTo("/v1/commands?device=dev_1&status=completed&limit=5");
    assertThat(run.out())
        .isEqualTo(
            """
            ID\tSTATUS\tEXIT\tDEVICE\tCREATED\tTOOK\tBY\tCOMMAND
            exec_1\tcompleted\t0\tdev_1\t2026-04-15T14:32:00Z\t2345\tkey:bootstrap\tsh -c 'echo '\\''a b'\\'''
            """);
  }

  @Test
  void command_showsItsFacts() {
    server.on("GET /v1/commands/exec_1", Samples.COMMAND);

    assertThat(run("command", "exec_1").out())
        .contains("status\tqueued\n", "exit_code\t\n", "requested_by\tkey:bootstrap\n");
  }

  @Test
  void command_json_isTheCommand() throws Exception {
    server.on("GET /v1/commands/exec_1", Samples.COMMAND);

    assertThat(Json.read(run("command", "exec_1", "--json").out()))
        .isEqualTo(Json.read(Samples.COMMAND));
  }

  @Test
  void command_idWithASlash_staysOneSegment() {
    assertThat(run("command", "../devices?x").exit()).isEqualTo(Exit.NOT_FOUND);
    assertThat(server.requests.getFirst().target()).isEqualTo("/v1/commands/..%2Fdevices%3Fx");
  }

  @Test
  void command_output_isWhatThereIs() {
    server.on(OUTPUT, events(status("{\"status\":\"running\"}"), output(1, "stdout", "so far\n")));

    assertThat(run("command", "exec_1", "--output")).isEqualTo(new Cli(0, "so far\n", ""));
    assertThat(server.requests.getFirst().target())
        .isEqualTo("/v1/commands/exec_1/output?follow=false");
  }

  @Test
  void command_follow_endsLikeTheCommand() {
    server.on(
        OUTPUT,
        cutAfter(output(1, "stdout", "a")),
        events(output(2, "stdout", "b"), status("{\"status\":\"completed\",\"exit_code\":7}")));

    assertThat(run("command", "exec_1", "--follow")).isEqualTo(new Cli(7, "ab", ""));
  }

  @Test
  void cancel_queued_isCancelled() {
    server.on(
        "POST /v1/commands/exec_1/cancel",
        json(200, Samples.ended("cancelled", "\"exit_code\":null,\"error\":null")));

    assertThat(run("cancel", "exec_1")).isEqualTo(new Cli(0, "", "muster: exec_1 is cancelled\n"));
  }

  @Test
  void cancel_running_endsLater() {
    server.on(
        "POST /v1/commands/exec_1/cancel",
        json(200, Samples.ended("running", "\"exit_code\":null,\"error\":null")));

    assertThat(run("cancel", "exec_1").err()).contains("will end when the device has stopped it");
  }

  @Test
  void cancel_ended_isAFailure() {
    server.on("POST /v1/commands/exec_1/cancel", FakeServer.error(409, "exec_1 has completed"));

    assertThat(run("cancel", "exec_1"))
        .isEqualTo(new Cli(Exit.FAILURE, "", "muster: exec_1 has completed\n"));
  }
}
