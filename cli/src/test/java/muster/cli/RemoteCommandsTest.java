package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteCommandsTest {
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
}
