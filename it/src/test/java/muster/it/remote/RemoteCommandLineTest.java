package muster.it.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.agent.pty.Leftovers;
import muster.agent.pty.Marks;
import muster.agent.pty.Size;
import muster.agent.pty.Terminal;
import muster.agent.pty.Terminals;
import muster.agent.state.Directory;
import muster.cli.Muster;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `muster shell` typed at on a terminal of its own, and `muster forward`.
class RemoteCommandLineTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private Terminal terminal;

  RemoteCommandLineTest() throws IOException {
    Marks marks = new Marks(new Directory(directory), Optional.empty());
    terminal = new Terminals(directory, marks).open(new Size(90, 30));
  }

  @BeforeAll
  static void start() throws IOException {
    muster =
        TestMuster.start(config ->
            config
                .withDevice(new Config.Device(1, 30, Optional.empty()))
                .withRemote(new Config.Remote(30, true, 90)));
    agent = RealAgent.start(muster, directory);
    Files.writeString(
        directory.resolve("muster"),
        "#!/bin/sh\necho $$ >muster.pid\nMUSTER_SERVER=%s MUSTER_TOKEN=%s exec %s -XX:TieredStopAtLevel=1 -cp '%s' %s \"$@\"\n"
            .formatted(
                muster.url(),
                muster.adminKey(),
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                Muster.class.getName()));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    agent.close();
    muster.close();
  }

  @BeforeEach
  void sitDown() {
    // It blocks in native code: a virtual thread would keep the server's from their only carrier.
    Thread.ofPlatform().daemon().start(this::readAll);
    type("cd " + directory + "; PS1='mine> '\r");
    awaitPrompt("\nmine>");
  }

  @AfterEach
  void leave() {
    terminal.hangUp();
    Leftovers.kill(terminal.session());
    muster.admin().post("/api/devices/" + agent.device() + "/remote/stop", Map.of());
  }

  private void readAll() {
    byte[] buffer = new byte[8192];
    try {
      for (int n = terminal.read(buffer); n >= 0; n = terminal.read(buffer)) {
        synchronized (printed) {
          printed.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // Hung up.
    }
  }

  private String text() {
    synchronized (printed) {
      return printed.toString(UTF_8).replaceAll("\u001b\\[[?0-9;]*[a-z]", "").replace("\r", "\n");
    }
  }

  private void awaitText(String text) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(text()).contains(text));
  }

  /// Until whoever wrote it waits for keys.
  private void awaitPrompt(String prompt) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(text().stripTrailing()).endsWith(prompt));
  }

  private void type(String keys) {
    try {
      terminal.write(keys.getBytes(UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void shell() {
    type("stty -a | md5sum | sed s/^/before:/; sh ./muster shell " + agent.device() + "\r");
    awaitPrompt("ready>");
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: muster shell is a terminal on the device, and leaves ours as it was")
  void shell_isATerminal_andLeavesOursAsItWas() throws IOException {
    shell();
    assertThat(text()).contains("muster: this session is recorded");
    type("stty size | sed s/^/size:/\r");
    awaitText("size:30 90");
    terminal.resize(new Size(120, 40));
    await()
        .atMost(WITHIN)
        .untilAsserted(() -> {
          type("stty size | sed s/^/size:/\r");
          awaitText("size:40 120");
        });
    type("echo grüße 日本 🦊\r");
    awaitText("\ngrüße 日本 🦊");
    type("sleep 100\r");
    await()
        .atMost(WITHIN)
        .until(() ->
            ProcessHandle.allProcesses()
                .anyMatch(p -> p.info().commandLine().orElse("").endsWith("sleep 100")));
    type("\u0003");
    awaitPrompt("ready>");
    type("echo code=$?\r");
    awaitText("\ncode=130");
    type("exit 7\r");
    awaitPrompt("mine>");
    type("echo exit:$?; stty rows 30 cols 90; stty -a | md5sum | sed s/^/after:/\r");
    awaitText("\nexit:7");
    awaitText("\nafter:");
    String before = text().replaceFirst("(?s).*\nbefore:", "").substring(0, 32);
    assertThat(text()).contains("\nafter:" + before);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a session that was ended says why, and leaves our terminal as it was")
  void shell_thatIsStopped_saysWhy() {
    shell();

    muster.admin().post("/api/devices/" + agent.device() + "/remote/stop", Map.of()).expect(200);

    awaitText("muster: the session ended: stopped by key:");
    awaitPrompt("mine>");
    type("echo exit:$?; stty -a | md5sum | sed s/^/after:/\r");
    awaitText("\nexit:125");
    awaitText("\nafter:");
    String before = text().replaceFirst("(?s).*\nbefore:", "").substring(0, 32);
    assertThat(text()).contains("\nafter:" + before);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: ~. leaves")
  void tildeDot_leaves() {
    shell();
    type("\r~.");

    awaitText("muster: left the session");
    await().atMost(WITHIN).until(() -> muster.admin().get("/v1/remote").at("/sessions").isEmpty());
  }

  @Test
  @Tag("F051")
  @DisplayName(
      "F051: muster shell that is told to end leaves our terminal as it was, and no session")
  void shell_thatIsToldToEnd_leavesOursAsItWas() throws IOException {
    shell();
    long pid = Long.parseLong(Files.readString(directory.resolve("muster.pid")).strip());
    ProcessHandle.of(pid).orElseThrow().destroy();

    awaitPrompt("mine>");
    type("echo exit:$?; stty -a | md5sum | sed s/^/after:/\r");
    awaitText("\nexit:143");
    awaitText("\nafter:");
    String before = text().replaceFirst("(?s).*\nbefore:", "").substring(0, 32);
    assertThat(text()).contains("\nafter:" + before);
    await().atMost(WITHIN).until(() -> muster.admin().get("/v1/remote").at("/sessions").isEmpty());
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: muster forward makes a port of the device one of ours")
  void forward_reachesThePort() throws Exception {
    try (ServerSocket echo = new ServerSocket(0)) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = echo.accept()) {
              socket.getInputStream().transferTo(socket.getOutputStream());
            } catch (IOException e) {
              // The test has left.
            }
          });
      Process forward = forward(echo.getLocalPort());
      try {
        int port =
            Integer.parseInt(
                Files.readString(said()).replaceAll("(?s).*127.0.0.1:(\\d+) leads.*", "$1"));
        try (Socket socket = new Socket("127.0.0.1", port)) {
          socket.getOutputStream().write("through".getBytes(UTF_8));
          socket.shutdownOutput();
          assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
              .isEqualTo("through");
        }
        new ProcessBuilder("kill", "-INT", Long.toString(forward.pid())).start().waitFor();
        assertThat(forward.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(forward.exitValue()).isZero();
        assertThat(muster.admin().get("/v1/remote").at("/sessions")).isEmpty();
      } finally {
        forward.destroyForcibly();
      }
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: muster forward that is told to end leaves no session")
  void forward_thatIsToldToEnd_leavesNoSession() throws Exception {
    Process forward = forward(22);
    try {
      assertThat(muster.admin().get("/v1/remote").at("/sessions")).hasSize(1);

      forward.destroy();

      assertThat(forward.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(muster.admin().get("/v1/remote").at("/sessions")).isEmpty();
    } finally {
      forward.destroyForcibly();
    }
  }

  private static Path said() {
    return directory.resolve("forward.err");
  }

  /// That has said where it listens. As from a terminal: who runs the tests in the background makes
  /// all of them ignore SIGINT.
  private static Process forward(int port) throws IOException {
    String line =
        "exec $(env --default-signal=INT true 2>/dev/null && echo env --default-signal=INT)"
            + " sh ./muster forward \"$@\"";
    Process forward =
        new ProcessBuilder(List.of("sh", "-c", line, "sh", agent.device(), "0:" + port))
            .directory(directory.toFile())
            .redirectError(said().toFile())
            .start();
    await().atMost(WITHIN).until(() -> Files.readString(said()).contains("leads to"));
    return forward;
  }
}
