package muster.agent.pty;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShellTest {
  private static final Path HOME = Path.of("/tmp");
  private static final Size SIZE = new Size(80, 24);

  @Test
  void environment_isTheAgents_withoutItsOwnAndWithATerminal() {
    Shell shell =
        Shell.ofUser(
            HOME, Map.of("PATH", "/bin", "MUSTER_ENROLL_TOKEN", "secret", "TERM", "dumb"), SIZE);

    assertThat(shell.environment())
        .containsEntry("PATH", "/bin")
        .containsEntry("TERM", "xterm-256color")
        .containsEntry("HOME", "/tmp")
        .containsEntry("LANG", "C.UTF-8")
        .doesNotContainKey("MUSTER_ENROLL_TOKEN");
  }

  @Test
  void program_isTheUsersShell_orOneThatIsThere() {
    assertThat(Shell.ofUser(HOME, Map.of("SHELL", "/bin/sh"), SIZE).program()).isEqualTo("/bin/sh");
    for (String none : new String[] {"/usr/sbin/nologin", "/no/such", "bash", ""}) {
      assertThat(Shell.ofUser(HOME, Map.of("SHELL", none), SIZE).program())
          .as(none)
          .isIn("/bin/bash", "/bin/sh");
    }
  }
}
