package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import muster.it.page.Shell;
import muster.it.page.StateFiles;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The install script and the line that runs it (F012).
class KvmFleetInstallTest {
  private static final Duration ENROLLED_WITHIN = Duration.ofSeconds(120);

  private static TestMuster muster;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply script() {
    return muster.anonymous().get("/install").expect(200);
  }

  private static String checksumIn(String script) {
    return script.replaceAll("(?s).*agent_sha256='([0-9a-f]*)'.*", "$1");
  }

  @Test
  @Tag("F012")
  void install_anybody_getsAShellScript() throws Exception {
    TestReply reply = script();
    assertThat(reply.header("Content-Type")).startsWith("text/x-shellscript");
    assertThat(reply.body())
        .startsWith("#!/bin/sh\n")
        .contains("base_url='%s'".formatted(muster.url()))
        .doesNotContainPattern("@[A-Z_]+@");
    Path file = Files.writeString(directory.resolve("install.sh"), reply.body());
    assertThat(Shell.run("sh -n " + file, directory, Map.of())).isEqualTo(new Shell.Ended(0, ""));
  }

  @Test
  @Tag("F012")
  void install_script_holdsNoSecretWhoeverAsks() {
    muster.enrollmentToken();
    String anonymous = script().body();
    assertThat(muster.admin().get("/install").expect(200).body()).isEqualTo(anonymous);
    assertThat(anonymous)
        .doesNotContain("ekvent_", "agt_", "mk_", "sess_", muster.adminKey(), "PRIVATE KEY");
  }

  @Test
  @Tag("F012")
  void install_checksumInTheScript_isThatOfTheAgentServed() throws Exception {
    TestReply jar = muster.anonymous().get("/install/agent.jar").expect(200);
    assertThat(jar.bytes()).startsWith('P', 'K');
    assertThat(checksumIn(script().body()))
        .isEqualTo(
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(jar.bytes())));
  }

  @Test
  @Tag("F012")
  void install_head_answersAsGetWithoutTheBody() {
    TestReply reply = muster.anonymous().send("HEAD", "/install", Optional.empty(), Map.of());
    assertThat(reply.expect(200).bytes()).isEmpty();
    assertThat(reply.header("Content-Type")).startsWith("text/x-shellscript");
  }

  @Test
  @Tag("F012")
  void script_agentThatIsNotTheExpectedOne_isNotInstalled() throws Exception {
    Shell.assumeInstalled("curl", "setsid", "mkfifo");
    String script = script().body();
    Path file =
        Files.writeString(
            directory.resolve("install.sh"), script.replace(checksumIn(script), "0".repeat(64)));
    Path target = directory.resolve("agent");
    Shell.Ended ended =
        Shell.run(
            "sh %s --token %s --foreground --dir %s"
                .formatted(file, muster.enrollmentToken(), target),
            directory,
            home());
    assertThat(ended.status()).as(ended.output()).isEqualTo(1);
    assertThat(ended.output()).contains("not the expected one");
    assertThat(filesIn(target)).isEmpty();
  }

  private static List<Path> filesIn(Path target) throws IOException {
    try (Stream<Path> left = Files.walk(target)) {
      return left.filter(Files::isRegularFile).toList();
    }
  }

  /// Answers with these status codes one after the other, the last of them over and over.
  private static HttpServer busyServer(List<Integer> statuses, AtomicInteger asked)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/install/agent.jar",
        exchange -> {
          int nth = Math.min(asked.getAndIncrement(), statuses.size() - 1);
          exchange.getResponseHeaders().set("Retry-After", "1");
          exchange.sendResponseHeaders(statuses.get(nth), 0);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Shell.Ended downloadFrom(HttpServer server, String downloader) throws Exception {
    String script =
        script()
            .body()
            .replace(muster.url().toString(), "http://127.0.0.1:" + server.getAddress().getPort());
    Path file =
        Files.writeString(
            directory.resolve("install.sh"),
            downloader.equals("curl") ? script : script.replace("if command -v curl", "if false"));
    return Shell.run(
        "sh %s --token none --foreground --dir %s".formatted(file, directory.resolve("agent")),
        directory,
        home());
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "wget"})
  @Tag("F012")
  void script_serverThatIsBusy_isAskedAgain(String downloader) throws Exception {
    Shell.assumeInstalled(downloader, "setsid", "mkfifo");
    AtomicInteger asked = new AtomicInteger();
    HttpServer server = busyServer(List.of(503, 429, 200), asked);
    try {
      Shell.Ended ended = downloadFrom(server, downloader);
      assertThat(ended.output())
          .containsSubsequence(
              "trying again in 1 s", "trying again in 1 s", "not the expected one");
      assertThat(asked).hasValue(3);
      assertThat(filesIn(directory.resolve("agent"))).isEmpty();
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "wget"})
  @Tag("F012")
  void script_serverThatStaysBusyOrSaysNo_isGivenUp(String downloader) throws Exception {
    Shell.assumeInstalled(downloader, "setsid", "mkfifo");
    for (Map.Entry<Integer, Integer> expected : Map.of(503, 5, 404, 1).entrySet()) {
      AtomicInteger asked = new AtomicInteger();
      HttpServer server = busyServer(List.of(expected.getKey()), asked);
      try {
        Shell.Ended ended = downloadFrom(server, downloader);
        assertThat(ended.status()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains("cannot download");
        assertThat(asked)
            .as("requests answered %d", expected.getKey())
            .hasValue(expected.getValue());
        assertThat(filesIn(directory.resolve("agent"))).isEmpty();
      } finally {
        server.stop(0);
      }
    }
  }

  private Map<String, String> home() {
    return Map.of("HOME", directory.toString());
  }

  /// The line as it is answered, with the agent's real jar, in the foreground of a directory of its
  /// own.
  @Test
  @Tag("F012")
  @Tag("F009")
  @Tag("F017")
  void installCmd_pastedIntoAShell_enrolsTheMachineAndRunsItsCommands() throws Exception {
    Shell.assumeInstalled("curl", "setsid", "mkfifo");
    TestReply created =
        muster
            .admin()
            .post(
                "/v1/devices/enrollment",
                Map.of("suggested_name", "real-agent", "suggested_tags", List.of("real")))
            .expect(200);
    Path target = directory.resolve("agent dir");
    Path output = directory.resolve("agent.log");
    Process agent =
        Shell.start(
            created.text("install_cmd") + " --foreground --dir '" + target + "'",
            directory,
            output,
            home());
    try {
      String id = awaitOnline(output);
      assertThat(Fleet.device(muster, id).text("name")).isEqualTo("real-agent");
      assertThat(Fleet.device(muster, id).text("platform")).isEqualTo("linux");
      assertFilesArePrivate(target.resolve("state"), created.text("token"));
      assertNoProcessShows(agent, created.text("token"));
      runACommand(id);
      Shell.stop(agent);
      Awaitility.await().until(() -> Fleet.device(muster, id).text("status").equals("offline"));
    } finally {
      Shell.stop(agent);
    }
  }

  private static String awaitOnline(Path output) throws IOException {
    try {
      return Awaitility.await()
          .atMost(ENROLLED_WITHIN)
          .until(
              () -> Fleet.ids(muster.admin().get("/v1/devices?status=online&tag=real")),
              ids -> ids.size() == 1)
          .getFirst();
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("the agent did not come: " + Files.readString(output), e);
    }
  }

  private static void assertFilesArePrivate(Path state, String token) throws IOException {
    StateFiles.assertPrivate(state);
    try (Stream<Path> files = Files.walk(state)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(token);
      }
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(state.resolve("credential.json"))))
        .isEqualTo("rw-------");
  }

  /// Only the line that was pasted shows the token; the agent that stays does not.
  private static void assertNoProcessShows(Process shell, String token) {
    List<ProcessHandle> agents =
        shell
            .descendants()
            .filter(process -> process.info().command().orElse("").endsWith("java"))
            .toList();
    assertThat(agents).hasSize(1);
    assertThat(agents.getFirst().info().commandLine().orElseThrow()).doesNotContain(token);
  }

  private static void runACommand(String device) {
    String id =
        muster
            .admin()
            .post(
                "/v1/devices/" + device + "/commands",
                Map.of(
                    "tool",
                    "bash",
                    "args",
                    Map.of("command", "echo out-$((6*7)); echo err-here >&2; exit 3")))
            .expect(201)
            .text("id");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> muster.admin().get("/v1/commands/" + id).text("status").equals("completed"));
    assertThat(muster.admin().get("/v1/commands/" + id).at("exit_code").asInt()).isEqualTo(3);
    assertThat(muster.admin().get("/v1/commands/" + id + "/output").expect(200).body())
        .contains("out-42\\n", "err-here\\n", "\"stream\":\"stdout\"", "\"stream\":\"stderr\"");
  }
}
