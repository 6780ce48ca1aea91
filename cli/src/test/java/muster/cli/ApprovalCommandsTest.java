package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class ApprovalCommandsTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  @Test
  void decision_onADevice_isPostedAndSaid() {
    Map<String, String> steps =
        Map.of(
            "approve", "approve",
            "deny", "deny",
            "block", "block",
            "unblock", "unblock",
            "revoke", "revoke-token");
    steps.forEach((command, step) -> {
      String route = "POST /api/devices/dev_1/" + step;
      server
          .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
          .on(route, "{\"id\":\"dev_1\",\"name\":\"web-1\",\"status\":\"decided\"}");
      Cli run = Cli.run(server, terminal, command, "web-1");
      assertThat(run.exit()).as(command).isZero();
      assertThat(run.out() + run.err()).contains("web-1 is decided");
    });
  }

  @Test
  void decision_thatTheStateDoesNotAllow_isSaidInTheServersWords() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on(
            "POST /api/devices/dev_1/approve",
            FakeServer.json(
                409,
                "{\"error\":\"conflict\",\"message\":\"device dev_1 is approved, not pending\"}"));
    Cli run = Cli.run(server, terminal, "approve", "web-1");
    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.err()).contains("device dev_1 is approved, not pending");
  }
}
