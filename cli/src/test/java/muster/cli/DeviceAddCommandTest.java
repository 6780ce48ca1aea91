package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class DeviceAddCommandTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void deviceAdd_printsIdKeyAndInstallCommand() {
    server.on(
        "POST /api/agents",
        "{\"agent_id\":\"dev_2\",\"label\":\"web-2\",\"key\":\"agt_2\","
            + "\"status\":\"created\",\"install_cmd\":\"curl x | sh\"}");

    Cli run = run("device", "add", "web-2", "--tag", "prod");

    assertThat(run.out()).isEqualTo("name\tweb-2\nid\tdev_2\nkey\tagt_2\ninstall\tcurl x | sh\n");
    assertThat(run.err()).contains("not shown again");
    assertThat(server.requests.getFirst().json().toString())
        .isEqualTo("{\"label\":\"web-2\",\"tags\":[\"prod\"]}");
  }
}
