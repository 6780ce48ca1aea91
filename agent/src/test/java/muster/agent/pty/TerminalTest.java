package muster.agent.pty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import muster.agent.exec.ProcTable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Both ways to hold a terminal, typed at as a person does.
@DisplayName("F051: a shell on a terminal of its own")
class TerminalTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir private Path home;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private CompletableFuture<Void> reading = CompletableFuture.completedFuture(null);
  private @Nullable Terminal opened;

  enum How {
    LIBRARY,
    SCRIPT
  }

  @AfterEach
  void end() {
    if (opened != null) {
      opened.hangUp();
      Leftovers.kill(opened.session());
    }
  }

  private Terminal terminal() {
    return Objects.requireNonNull(opened);
  }

  private void open(How how) throws IOException {
    Files.writeString(home.resolve(".bashrc"), "PS1='ready> '\n");
    Shell shell =
        new Shell(
            "/bin/bash",
            Map.of(
                "PATH", "/usr/bin:/bin",
                "HOME", home.toString(),
                "TERM", "xterm-256color",
                "LANG", "C.UTF-8"),
            home,
            new Size(91, 31));
    if (how == How.LIBRARY) {
      assumeThat(Runtime.version().feature()).isGreaterThanOrEqualTo(22);
      opened = library().open(shell);
    } else {
      opened = ScriptTerminal.open(shell);
    }
    reading = CompletableFuture.runAsync(this::readAll);
    awaitText("ready> ");
  }

  private static Terminals.Way library() {
    try {
      var made = Class.forName("muster.agent.pty.NativeTerminals").getDeclaredConstructor();
      return (Terminals.Way) made.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private void readAll() {
    byte[] buffer = new byte[8192];
    try {
      for (int n = terminal().read(buffer); n >= 0; n = terminal().read(buffer)) {
        synchronized (printed) {
          printed.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String text() {
    synchronized (printed) {
      return printed.toString(UTF_8);
    }
  }

  private void awaitText(String text) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(text()).contains(text));
  }

  private void type(String keys) throws IOException {
    terminal().write(keys.getBytes(UTF_8));
  }

  @ParameterizedTest
  @EnumSource
  void programs_seeTheWindowsSize_andEachChangeOfIt(How how) throws Exception {
    open(how);

    type("stty size\n");
    awaitText("31 91");
    terminal().resize(new Size(120, 40));
    type("stty size\n");
    awaitText("40 120");
    type("tty\n");
    awaitText("/dev/pts/");
  }

  @ParameterizedTest
  @EnumSource
  void ctrlC_endsTheProgram_notTheShell(How how) throws Exception {
    open(how);

    type("sleep 100; echo sl\"\"ept\n");
    await().atMost(WITHIN).until(() -> ProcTable.session(terminal().session()).size() > 1);
    type("\u0003");
    type("echo code=$?\n");
    awaitText("code=130");
    assertThat(text()).doesNotContain("slept");
  }

  @ParameterizedTest
  @EnumSource
  void ctrlZ_stopsAJob_thatCanBeBroughtBack(How how) throws Exception {
    open(how);

    type("sleep 100\n");
    await().atMost(WITHIN).until(() -> ProcTable.session(terminal().session()).size() > 1);
    type("\u001a");
    awaitText("Stopped");
    type("jobs | sed s/^/job:/\n");
    awaitText("job:[1]+  Stopped");
    type("fg\n");
    await().atMost(WITHIN).until(() -> text().replaceFirst("(?s).*> fg", "").contains("sleep"));
    type("\u0003");
    type("echo back=$?\n");
    awaitText("back=130");
  }

  @ParameterizedTest
  @EnumSource
  void utf8_goesBothWays_andIsErasedByCharacters(How how) throws Exception {
    open(how);

    type("printf '%s|' grüße 日本語 🦊; echo\n");
    awaitText("grüße|日本語|🦊|");
    // `cat` leaves editing to the kernel: one erase takes all bytes of the character.
    type("cat\n");
    await().atMost(WITHIN).until(() -> ProcTable.session(terminal().session()).size() > 1);
    type("aé\u007fb\n");
    awaitText("\nab\r");
    type("\u0004");
  }

  @ParameterizedTest
  @EnumSource
  void exitCode_isTheShells(How how) throws Exception {
    open(how);

    type("exit 7\n");

    assertThat(terminal().await()).isEqualTo(7);
    reading.get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource
  void shellThatIsKilled_endsWithTheSignal(How how) throws Exception {
    open(how);

    type("kill -9 $$\n");

    assertThat(terminal().await()).isEqualTo(137);
  }

  @ParameterizedTest
  @EnumSource
  void hangUp_leavesNothingRunning(How how) throws Exception {
    open(how);
    type("nohup sleep 1000 & sleep 1000\n");
    await().atMost(WITHIN).until(() -> ProcTable.session(terminal().session()).size() >= 3);

    terminal().hangUp();
    Leftovers.remove(terminal().session());

    await()
        .atMost(WITHIN)
        .untilAsserted(() -> assertThat(ProcTable.session(terminal().session())).isEmpty());
    reading.get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource
  void muchOutput_arrivesWhole(How how) throws Exception {
    open(how);

    type("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo all=$((1+1))\n");

    awaitText("all=2");
    synchronized (printed) {
      assertThat(printed.toString(UTF_8).chars().filter(c -> c == 'x').count())
          .isGreaterThanOrEqualTo(20_000_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shell_hasNoFilesOfTheAgents(How how) throws Exception {
    open(how);

    type("ls /proc/$$/fd | tr '\\n' ,; echo\n");

    awaitText("0,1,2,255,");
  }
}
