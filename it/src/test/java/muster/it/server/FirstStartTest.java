package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.fault.Fault;
import muster.http.TrustedProxies;
import muster.server.Config;
import muster.server.MusterServer;
import muster.testkit.RawConnection;
import muster.testkit.TestClock;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server as a program of its own: what it prints, and what it refuses.
class FirstStartTest {
  private static final Pattern LISTENING = Pattern.compile("listening on 127.0.0.1 port (\\d+)");
  private static final Pattern KEY = Pattern.compile("mk_[0-9a-zA-Z]+_[0-9a-zA-Z]+");

  @TempDir Path directory;

  private final List<Program> programs = new ArrayList<>();

  /// A `muster serve` with what it said so far.
  private static final class Program {
    private final Process process;
    private final Path out;
    private final Path err;

    private Program(Process process, Path out, Path err) {
      this.process = process;
      this.out = out;
      this.err = err;
    }

    private String out() {
      return read(out);
    }

    private String err() {
      return read(err);
    }

    private static String read(Path file) {
      try {
        return Files.readString(file, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private List<String> keys() {
      return KEY.matcher(out()).results().map(result -> result.group()).toList();
    }

    private int port() {
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> LISTENING.matcher(err()).find() || !process.isAlive());
      Matcher matcher = LISTENING.matcher(err());
      assertThat(matcher.find()).as(err()).isTrue();
      return Integer.parseInt(matcher.group(1));
    }

    private int exitCode() throws InterruptedException {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(err()).isTrue();
      return process.exitValue();
    }

    private void stop() throws InterruptedException {
      process.destroy();
      exitCode();
    }
  }

  private Program serve(Map<String, String> environment) throws IOException {
    Path out = Files.createTempFile(directory, "serve", ".out");
    Path err = Files.createTempFile(directory, "serve", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "muster.server.Main",
            "serve",
            "--bind",
            "127.0.0.1",
            "--port",
            "0",
            "--data",
            directory.resolve("data").toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("MUSTER_"));
    builder.environment().putAll(environment);
    Program program =
        new Program(
            builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
    programs.add(program);
    return program;
  }

  @AfterEach
  void stopAll() throws InterruptedException {
    for (Program program : programs) {
      program.stop();
    }
  }

  private static int statusOfMe(int port, String key) {
    try (RawConnection connection = RawConnection.to("127.0.0.1", port)) {
      connection.send(
          "GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n".formatted(key));
      return connection.answer().status();
    }
  }

  @Test
  @DisplayName(
      "F156: the first start prints the first key, once; a second server on the data is"
          + " refused; a second start makes no key")
  void firstKey_isPrintedOnce() throws Exception {
    Program first = serve(Map.of());
    int port = first.port();
    Awaitility.await().until(() -> !first.keys().isEmpty());
    assertThat(first.keys()).hasSize(1);
    String key = first.keys().getFirst();
    assertThat(statusOfMe(port, key)).isEqualTo(200);
    assertThat(first.err()).doesNotContain(key);

    Program rival = serve(Map.of());
    assertThat(rival.exitCode()).isEqualTo(1);
    assertThat(rival.err())
        .contains("muster: data: " + directory.resolve("data") + " is in use by another server")
        .doesNotContain("Exception");
    assertThat(rival.keys()).isEmpty();
    assertThat(statusOfMe(port, key)).isEqualTo(200);

    first.stop();
    Program second = serve(Map.of());
    assertThat(statusOfMe(second.port(), key)).isEqualTo(200);
    second.stop();
    assertThat(second.out()).doesNotContain("mk_");
  }

  @Test
  @DisplayName("F156: two first starts at once on one directory make one key")
  void firstKey_isOneEvenInARace() throws Exception {
    Program one = serve(Map.of());
    Program other = serve(Map.of());
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() ->
            !one.process.isAlive() && !other.keys().isEmpty()
                || !other.process.isAlive() && !one.keys().isEmpty());
    assertThat(one.keys().size() + other.keys().size()).isEqualTo(1);
    Program loser = one.process.isAlive() ? other : one;
    assertThat(loser.exitCode()).isEqualTo(1);
    assertThat(loser.err()).contains("is in use by another server");
  }

  @Test
  @DisplayName("F156: MUSTER_ADMIN_KEY becomes the first key, and one that is no key is refused")
  void chosenKey_isHonouredAndValidated() throws Exception {
    Program refused = serve(Map.of("MUSTER_ADMIN_KEY", "hunter2-hunter2"));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("muster: MUSTER_ADMIN_KEY: ")
        .contains("expected: mk_<id>_<secret>")
        .doesNotContain("hunter2")
        .doesNotContain("Exception");
    assertThat(Files.exists(directory.resolve("data/server/muster.db"))).isFalse();

    String key = "mk_chosen_" + "s".repeat(40);
    Program taken = serve(Map.of("MUSTER_ADMIN_KEY", key));
    assertThat(statusOfMe(taken.port(), key)).isEqualTo(200);
  }

  @Test
  @DisplayName("F156: a start that fails on its port makes no key that nobody sees")
  void failedStart_makesNoKey() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start(taken.getLocalPort()))
          .isInstanceOf(Fault.class)
          .hasMessageStartingWith(
              "can't listen on 127.0.0.1 port %d: ".formatted(taken.getLocalPort()));
    }
    try (MusterServer server = start(0)) {
      assertThat(server.firstKey()).isPresent();
    }
  }

  @Test
  void secondServerInOneProcess_isRefusedToo() {
    try (MusterServer server = start(0)) {
      assertThat(server.port()).isPositive();
      assertThatThrownBy(() -> start(0))
          .isInstanceOf(Fault.class)
          .hasMessage("data: %s is in use by another server".formatted(directory.resolve("data")));
    }
  }

  private MusterServer start(int port) {
    Config.Server server =
        new Config.Server(
            "127.0.0.1", port, Optional.empty(), false, false, 100, 0, 0, TrustedProxies.none());
    return MusterServer.start(
        Config.defaults().withData(directory.resolve("data")).withServer(server),
        new TestClock(),
        Optional.empty());
  }
}
