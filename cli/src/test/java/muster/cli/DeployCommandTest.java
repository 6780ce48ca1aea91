package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class DeployCommandTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void deploy_sendsWhatWasSaid_andShowsKeyFingerprintAndSteps() {
    server.on(
        "POST /api/agents/deploy",
        """
        {"agent_id":"dev_1","label":"db-01","key":"agt_1","status":"deployed",
         "host_key":"SHA256:abc","host_key_known":false,
         "steps":[{"step":"connect","took_ms":12},{"step":"host_key","took_ms":0}]}
        """);

    Cli run =
        run("deploy", "ubuntu@10.0.0.5", "--port", "2222", "--label", "db-01", "--tag", "prod");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out())
        .isEqualTo(
            """
            name\tdb-01
            id\tdev_1
            key\tagt_1
            host_key\tSHA256:abc
            step_connect\t12 ms
            step_host_key\t0 ms
            """);
    assertThat(run.err()).contains("never seen before");
    assertThat(server.requests.getFirst().json().toString())
        .isEqualTo(
            "{\"host\":\"10.0.0.5\",\"ssh_user\":\"ubuntu\",\"ssh_port\":2222,"
                + "\"ssh_key\":\"id_ed25519\",\"label\":\"db-01\",\"replace\":false,"
                + "\"tags\":[\"prod\"]}");
  }

  @Test
  void deploy_onlyAHost_hasRootPort22AndTheHostAsLabel() {
    server.on("POST /api/agents/deploy", "{\"agent_id\":\"dev_1\",\"host_key_known\":true}");

    Cli run = run("deploy", "web-1", "--json", "--host-key", "SHA256:x", "--replace");

    assertThat(run.out()).isEqualTo("{\"agent_id\":\"dev_1\",\"host_key_known\":true}\n");
    assertThat(run.err()).isEmpty();
    assertThat(server.requests.getFirst().json().toString())
        .contains(
            "\"ssh_user\":\"root\"",
            "\"ssh_port\":22",
            "\"label\":\"web-1\"",
            "\"host_key_fingerprint\":\"SHA256:x\"",
            "\"replace\":true");
  }

  @Test
  void deploy_failure_isTheServersSentence() {
    server.on(
        "POST /api/agents/deploy",
        FakeServer.json(
            502, "{\"error\":\"preflight: there is no Java here\",\"step\":\"preflight\"}"));

    Cli run = run("deploy", "web-1");

    assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
    assertThat(run.err()).contains("muster: preflight: there is no Java here");
  }
}
