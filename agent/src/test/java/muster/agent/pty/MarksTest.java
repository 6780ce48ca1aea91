package muster.agent.pty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.agent.exec.ProcTable;
import muster.agent.state.Directory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("F051: an agent that is killed leaves no shell behind")
class MarksTest {
  private static final Optional<String> BOOT = Optional.of("this");

  @TempDir private Path home;
  private Directory disk;
  private Terminal terminal;

  @BeforeEach
  void open() throws IOException {
    disk = new Directory(Files.createDirectory(home.resolve("terminals")));
    Map<String, String> environment = Map.of("PATH", "/usr/bin:/bin", "HOME", home.toString());
    terminal = ScriptTerminal.open(new Shell("/bin/bash", environment, home, new Size(80, 24)));
    new Marks(disk, BOOT).add(terminal.session());
    Path deaf = home.resolve("deaf");
    terminal.write(
        ("trap '' HUP; touch " + deaf + "; sleep 1000\n").getBytes(StandardCharsets.UTF_8));
    await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(deaf));
  }

  @AfterEach
  void end() {
    terminal.hangUp();
    Leftovers.kill(terminal.session());
  }

  @Test
  void shellOfAnEarlierRun_isKilled() throws IOException {
    new Marks(disk, BOOT).killLeftovers();

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcTable.session(terminal.session()).isEmpty());
    assertThat(disk.names()).isEmpty();
  }

  @Test
  void shellThatIsAnother_livesOn() throws IOException {
    String name = Long.toString(terminal.session());
    String mark = new String(disk.read(name).orElseThrow(), StandardCharsets.UTF_8);
    String earlier = mark.replaceFirst("(\"start_ticks\":)[0-9]+", "$17");
    for (String other : new String[] {earlier, mark.replace("this", "last"), "{", ""}) {
      disk.replace(name, other.getBytes(StandardCharsets.UTF_8));
      new Marks(disk, BOOT).killLeftovers();

      assertThat(ProcTable.session(terminal.session())).as(other).isNotEmpty();
      assertThat(disk.names()).isEmpty();
    }
  }
}
