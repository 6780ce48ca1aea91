package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class ConnectionsCommandTest {
  private static final String LIST =
      """
      {"connections":[
       {"number":3,"began_at":"2026-04-15T14:32:00Z","ended_at":null,"address":"10.0.0.9",
        "end":null,"reason":null},
       {"number":2,"began_at":"2026-04-15T12:00:00Z","ended_at":"2026-04-15T14:30:00Z",
        "address":"10.0.0.8","end":"broken","reason":"the connection broke"},
       {"number":1,"began_at":"2026-04-15T11:59:00Z","ended_at":"2026-04-15T11:58:00Z",
        "address":"10.0.0.8\\u001b[31m","end":"goodbye","reason":"said goodbye"}]}\
      """;

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("GET /v1/devices/dev_1/connections", LIST);
    return Cli.run(server, terminal, args);
  }

  @Test
  void connections_forPrograms_isComplete() {
    Cli run = run("connections", "web-1", "--limit", "3");

    assertThat(server.only("GET", "/v1/devices/dev_1/connections").target())
        .isEqualTo("/v1/devices/dev_1/connections?limit=3");
    assertThat(run.out())
        .isEqualTo(
            """
            BEGAN\tENDED\tLASTED\tADDRESS\tEND
            2026-04-15T14:32:00Z\t\t%d\t10.0.0.9\topen
            2026-04-15T12:00:00Z\t2026-04-15T14:30:00Z\t9000\t10.0.0.8\tbroken
            2026-04-15T11:59:00Z\t2026-04-15T11:58:00Z\t0\t10.0.0.8\\u001b[31m\tgoodbye
            """
                .formatted(
                    terminal.now().getEpochSecond()
                        - Instant.parse("2026-04-15T14:32:00Z").getEpochSecond()));
  }

  @Test
  void connections_onATerminal_saysWhyInWords() {
    terminal.asTerminal(120);

    assertThat(run("connections", "web-1").out())
        .contains("the connection broke", "said goodbye", "2h", "open");
  }

  @Test
  void connections_json_isTheAnswer() throws Exception {
    assertThat(Json.read(run("connections", "web-1", "--json").out())).isEqualTo(Json.read(LIST));
  }
}
