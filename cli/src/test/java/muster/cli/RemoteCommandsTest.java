package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteCommandsTest {
  private static final String REMOTE = "/api/devices/dev_1/remote";

  private final FakeTerminal terminal = new FakeTerminal();

  private int run(String... args) {
    terminal.env.put("MUSTER_SERVER", "http://127.0.0.1:9");
    terminal.env.put("MUSTER_TOKEN", "mk_test");
    return Muster.run(args, terminal);
  }

  @Test
  void shell_withoutATerminal_saysWhatToDoInstead() {
    assertThat(run("shell", "web-1")).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText())
        .isEqualTo(
            "muster: a shell wants a terminal on stdin and stdout; in scripts: muster exec web-1"
                + " -- <command>\n");
  }

  @ParameterizedTest
  @CsvSource({
    "5432,5432,5432",
    "8080:80,8080,80",
    "0:22,0,22",
    "db:5432,5432,db:5432",
    "15432:db.example.org:5432,15432,db.example.org:5432",
    "8080:[::1]:80,8080,[::1]:80",
    "80:10.0.0.7:8080,80,10.0.0.7:8080",
    "10.0.0.7:8080,8080,10.0.0.7:8080"
  })
  void forwarding_saysWhichPortLeadsWhere(String text, int local, String target) {
    assertThat(ForwardSpec.parse(text)).isEqualTo(new ForwardSpec(local, target));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "db", "0", "70000", "1:2:3:4", "a b:1", "8080:", ":80", "99999:80"})
  void noForwarding_isRefused(String text) {
    assertThatThrownBy(() -> ForwardSpec.parse(text))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("expected: [<local port>:][<host>:]<port>");
  }

  @Test
  void stopping_wantsADevice() {
    assertThat(run("sessions", "--stop")).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).contains("--stop: whose? (expected: a device)");
  }

  private static FakeServer withSession() {
    return Samples.withDevice(Samples.DEVICE)
        .on("POST " + REMOTE + "/start", FakeServer.json(201, "{\"session_id\":\"ses_1\"}"))
        .on("POST " + REMOTE + "/stop", "{\"stopped\":1}");
  }

  @Test
  void shell_thatCannotConnect_givesItsSessionBack_andLeavesTheTerminalAlone() {
    terminal.asTerminal(90).inTerminal = true;
    try (FakeServer server = withSession()) {
      server.on("GET " + REMOTE + "/ws", FakeServer.error(503, "busy"));

      Cli run = Cli.run(server, terminal, "shell", "web-1");

      assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
      assertThat(server.only("POST", REMOTE + "/stop").body()).contains("ses_1");
      assertThat(terminal.wentRaw).isFalse();
    }
  }

  @Test
  void forward_whoseSessionWasEnded_saysSo_andFails() throws Exception {
    try (FakeServer server = withSession()) {
      FutureTask<Cli> running =
          new FutureTask<>(() -> Cli.run(server, terminal, "forward", "web-1", "0:80"));
      Thread.ofVirtual().start(running);
      await().until(() -> terminal.errText().contains("leads to"));
      String port = terminal.errText().replaceAll("(?s).*127.0.0.1:(\\d+) leads.*", "$1");

      new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port)).close();

      Cli run = running.get(60, TimeUnit.SECONDS);
      assertThat(run.exit()).isEqualTo(Exit.NOT_RUN);
      assertThat(run.err()).endsWith("muster: the session has ended\n");
    }
  }
}
