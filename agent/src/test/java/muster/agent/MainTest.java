package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import muster.agent.TestServer.Answer;
import muster.wire.Methods;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<Process> children = new ArrayList<>();

  @TempDir private Path directory;
  private TestServer server;

  @BeforeEach
  void open() throws IOException {
    server = new TestServer();
    server.script(asked ->
        Answer.json(
            200,
            "{\"device_id\":\"dev_1\",\"auth_token\":\"agt_secret\",\"name\":\"web-1\","
                + "\"ws_url\":\"ws://x/\",\"device_ws_url\":\""
                + server.socketUri()
                + "\"}"));
  }

  @AfterEach
  void close() throws Exception {
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    server.close();
  }

  @Test
  void help_version_andWrongUsage() {
    assertThat(run("--help")).isEqualTo(Main.DONE);
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("usage: muster-agent");
    assertThat(run("--version")).isEqualTo(Main.DONE);

    assertThat(run()).isEqualTo(Main.USAGE);
    assertThat(run("dance")).isEqualTo(Main.USAGE);
    assertThat(run("run", "--colour", "red")).isEqualTo(Main.USAGE);
    assertThat(run("run", "--server")).isEqualTo(Main.USAGE);
    assertThat(run("run", "--server", "a", "--server", "b")).isEqualTo(Main.USAGE);
    assertThat(run("enroll", "--server", "ftp://x")).isEqualTo(Main.USAGE);
    assertThat(run("enroll", "--ca-pin", "x")).isEqualTo(Main.USAGE);
    assertThat(run("enroll", "--state", state(), "--token", "t")).isEqualTo(Main.USAGE);
    assertThat(run("enroll", "--state", state(), "--server", server.base().toString()))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("dance: no such command")
        .contains("--colour: no such option")
        .contains("no token (expected:");
  }

  @Test
  void enroll_inClearToAnotherMachine_needsAFlag() {
    assertThat(run("enroll", "--state", state(), "--server", "http://10.0.0.1", "--token", "t"))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--allow-plaintext");
  }

  @Test
  void enroll_keepsTheCredentialPrivate_andOnce() throws Exception {
    assertThat(run("status", "--state", state())).isEqualTo(Main.FAILED);
    assertThat(enroll()).isEqualTo(Main.DONE);
    Path file = directory.resolve("credential.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file).content().contains("agt_secret");

    server.script(asked -> Answer.json(401, "{}"));
    assertThat(enroll()).isEqualTo(Main.DONE);
    assertThat(run("status", "--state=" + state())).isEqualTo(Main.DONE);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("enrolled as dev_1 at " + server.base() + " (web-1)")
        .contains("already enrolled as dev_1")
        .contains("not running")
        .doesNotContain("agt_secret");
    assertThat(enroll("--force")).isEqualTo(Main.REFUSED);
  }

  @Test
  void enroll_tokenFileInTheState_isDeletedAfterUse() throws Exception {
    Path inside = Files.writeString(directory.resolve("enroll.token"), "ekvent_x\n");
    assertThat(
            run(
                "enroll",
                "--state",
                state(),
                "--server",
                server.base().toString(),
                "--token-file",
                inside.toString()))
        .isEqualTo(Main.DONE);

    assertThat(inside).doesNotExist();
  }

  @Test
  void adopt_keyFromAFile_isTheCredentialFromThenOn_andConnects() throws Exception {
    Path key = Files.writeString(directory.resolve("key"), "agt_abc_secret\n");
    assertThat(adopt(key, "--name", "web-1")).isEqualTo(Main.DONE);
    Path file = directory.resolve("credential.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file).content().contains("\"device_id\":\"dev_7\"", "agt_abc_secret");
    assertThat(key).doesNotExist();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("adopted dev_7 at " + server.base())
        .doesNotContain("secret");

    start("run");
    server.peer().welcome(3600, "[]");
    assertThat(log(1)).contains("enrolled as dev_7").doesNotContain("secret");
  }

  @Test
  void adopt_deviceThatIsEnrolled_needsForce() throws Exception {
    assertThat(enroll()).isEqualTo(Main.DONE);
    Path key = Files.writeString(directory.resolve("key"), "agt_abc_secret\n");
    assertThat(adopt(key)).isEqualTo(Main.FAILED);
    assertThat(directory.resolve("credential.json")).content().contains("dev_1");
    assertThat(adopt(key, "--force")).isEqualTo(Main.DONE);
    assertThat(directory.resolve("credential.json")).content().contains("dev_7");
  }

  @Test
  void adopt_whatIsNoKey_isRefusedWithoutQuotingIt() throws Exception {
    Path key = Files.writeString(directory.resolve("key"), "ekvent_abc_secret\n");
    assertThat(adopt(key)).isEqualTo(Main.USAGE);
    assertThat(run("adopt", "--state", state(), "--server", server.base().toString()))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("the token is no device's key", "--device is missing")
        .doesNotContain("secret");
    assertThat(directory.resolve("credential.json")).doesNotExist();
  }

  @Test
  void run_enrollsAndConnects_secondProcessIsRefused_termSaysGoodbye() throws Exception {
    Process agent = start("run");
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.params(Methods.HEALTH);
    assertThat(run("status", "--state", state())).isEqualTo(Main.DONE);

    Process second = start("run");
    assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(Main.FAILED);
    assertThat(log(2)).contains("another muster-agent process uses " + directory);

    agent.destroy();
    assertThat(peer.frame()).isEqualTo("close 1000");
    assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(log(1)).contains("newly enrolled as dev_1").doesNotContain("secret");
  }

  @Test
  void killedAgent_neverStartsACommandTwice() throws Exception {
    Path counter = directory.resolve("count");
    String execute =
        "{\"execution_id\":\"e1\",\"attempt\":1,\"tool\":\"bash\",\"args\":{\"command\":"
            + "\"echo x >> "
            + counter
            + "; echo $$ ö; sleep 600\"}}";
    Process agent = start("run");
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.request(7, Methods.EXECUTE, execute);
    String said = peer.params(Methods.OUTPUT).string("data");
    assertThat(said).endsWith(" ö\n");
    String pid = said.substring(0, said.indexOf(' '));
    agent.destroyForcibly().waitFor();

    start("run");
    TestPeer again = server.peer();
    assertThat(again.welcome(3600, "[]").toString())
        .contains("{\"execution_id\":\"e1\",\"attempt\":1,\"state\":\"finished\"}");
    assertThat(again.params(Methods.OUTPUT).string("data")).isEqualTo(said);
    assertThat(again.params(Methods.RESULT).string("status")).isEqualTo("interrupted");
    again.request(8, Methods.EXECUTE, execute);
    assertThat(again.answer(8).format()).contains("finished");
    assertThat(counter).hasContent("x");
    await().until(() -> !alive(pid));
  }

  private static boolean alive(String pid) throws IOException {
    Path stat = Path.of("/proc", pid, "stat");
    return Files.exists(stat) && !Files.readString(stat).contains(") Z ");
  }

  private int enroll(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "enroll",
                "--state",
                state(),
                "--server",
                server.base().toString(),
                "--token",
                "ekvent_secret"));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(new String[0]));
  }

  private int adopt(Path key, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "adopt",
                "--state",
                state(),
                "--server",
                server.base().toString(),
                "--device",
                "dev_7",
                "--token-file",
                key.toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(new String[0]));
  }

  private int run(String... arguments) {
    return Main.run(
        List.of(arguments),
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Person.NONE);
  }

  /// A real process in a plain ASCII locale, as a daemon often has it; its log is `log.N`.
  private Process start(String command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx32m",
            "-cp",
            System.getProperty("java.class.path"),
            "muster.agent.Main",
            command,
            "--state",
            state(),
            "--server",
            server.base().toString());
    builder.environment().put("MUSTER_ENROLL_TOKEN", "ekvent_secret");
    builder.environment().put("LC_ALL", "C");
    int number = children.size() + 1;
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("log." + number).toFile());
    Process child = builder.start();
    children.add(child);
    return child;
  }

  private String log(int number) throws IOException {
    return Files.readString(directory.resolve("log." + number));
  }

  private String state() {
    return directory.toString();
  }
}
