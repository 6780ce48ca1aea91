package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import muster.server.Config;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Installations over SSH (F132), on a machine with OpenSSH's own server and with the real agent.
class DeployTest {
  private static final Duration WITHIN = Duration.ofSeconds(120);
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);
  private static final String ROUTE = "/api/agents/deploy";

  @TempDir private Path directory;

  private TestMuster muster;
  private SshServer machine;
  private Path keys = Path.of("");

  @BeforeEach
  void start() throws IOException {
    machine = SshServer.start(directory.resolve("machine"));
    muster = TestMuster.start(config -> config.withServer(patient(config.server())));
    keys = Files.createDirectories(muster.data().resolve("ssh/keys"));
    SshServer.newKey(keys.resolve("id_ed25519"), "");
    machine.authorize(keys.resolve("id_ed25519"));
  }

  /// Cleaning up takes a second or two.
  private static Config.Server patient(Config.Server given) {
    return new Config.Server(
        given.bind(),
        given.port(),
        given.publicUrl(),
        given.publicCertificate(),
        given.plaintext(),
        given.maxConnections(),
        given.handshakesPerSecond(),
        30,
        given.trustedProxies());
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (machine != null) {
      machine.close();
    }
    if (muster != null) {
      muster.close();
    }
  }

  /// The page's example but for where it leads to and who is there.
  private Map<String, Object> example() {
    Map<String, Object> body = new HashMap<>();
    body.put("host", "127.0.0.1");
    body.put("ssh_user", SshServer.user());
    body.put("ssh_port", machine.port());
    body.put("ssh_key", "~/.ssh/id_ed25519");
    body.put("label", "db-01");
    return body;
  }

  private TestReply deploy(Map<String, Object> changes) {
    Map<String, Object> body = example();
    body.putAll(changes);
    return muster.admin().post(ROUTE, body);
  }

  private JsonNode lastRow() {
    return muster
        .admin()
        .get("/v1/audit?action=device.deploy&limit=1")
        .expect(200)
        .at("/entries/0");
  }

  private void assertNothingIsLeft() throws IOException {
    assertThat(machine.left()).isEmpty();
    assertThat(muster.admin().get("/v1/devices").expect(200).at("devices")).isEmpty();
    assertThat(ProcessHandle.allProcesses().map(process -> process.info().commandLine()))
        .noneMatch(line -> line.filter(text -> text.contains(machine.agent() + "/")).isPresent());
  }

  private void assertFailed(TestReply reply, int status, String step, String why) {
    assertThat(reply.status()).as(reply.body()).isEqualTo(status);
    assertThat(reply.text("step")).as(reply.body()).isEqualTo(step);
    assertThat(reply.at("agent_id").isNull()).isTrue();
    assertThat(reply.text("error")).startsWith(step + ": ").contains(why);
    JsonNode row = lastRow();
    assertThat(row.path("outcome").asText()).isEqualTo("denied");
    assertThat(row.path("detail").toString())
        .contains("\"host\":\"127.0.0.1\"", "\"user\":\"" + SshServer.user() + "\"", why);
  }

  private String presence(String device) {
    return muster.admin().get("/v1/devices/" + device).expect(200).text("/presence/state");
  }

  @Test
  @Tag("F132")
  void pagesExample_installsTheAgent_whichIsOnlineWhenTheAnswerComes() throws Exception {
    TestReply reply = deploy(Map.of("tags", List.of("prod"))).expect(200);
    assertThat(reply.text("status")).isEqualTo("deployed");
    assertThat(reply.text("key")).startsWith("agt_");
    assertThat(reply.text("host_key")).isEqualTo(machine.fingerprint());
    assertThat(reply.at("host_key_known").asBoolean()).isFalse();
    assertThat(reply.at("steps").findValuesAsText("step"))
        .containsExactly(
            "connect", "host_key", "authenticate", "preflight", "copy", "install", "hello");
    String id = reply.text("agent_id");
    TestReply device = muster.admin().get("/v1/devices/" + id).expect(200);
    assertThat(device.text("/presence/state")).isEqualTo("online");
    assertThat(device.text("name")).isEqualTo("db-01");
    assertThat(device.body()).contains("prod");

    assertRecordHolds(id, reply);
    assertKeyIsNowhereButInTheCredential(reply.text("key"));
    assertThat(muster.data().resolve("ssh/known_hosts"))
        .content()
        .startsWith("[127.0.0.1]:" + machine.port() + " ssh-");
    runACommand(id);
  }

  private void assertRecordHolds(String id, TestReply reply) throws Exception {
    JsonNode row = lastRow();
    assertThat(row.path("target").asText()).isEqualTo(id);
    assertThat(row.path("outcome").asText()).isEqualTo("ok");
    assertThat(row.path("detail").toString())
        .contains(machine.fingerprint(), "127.0.0.1", SshServer.user(), "" + machine.port());
    assertThat(muster.admin().get("/v1/audit?limit=20").body()).doesNotContain(reply.text("key"));
  }

  private void assertKeyIsNowhereButInTheCredential(String key) throws IOException {
    for (Path path : machine.left()) {
      assertThat(path.toString()).doesNotContain("muster-deploy");
      if (Files.isRegularFile(path)) {
        boolean has = new String(Files.readAllBytes(path), "ISO-8859-1").contains(key);
        assertThat(has).as(path.toString()).isEqualTo(path.endsWith("credential.json"));
      }
    }
    assertThat(ProcessHandle.allProcesses().map(process -> process.info().commandLine()))
        .noneMatch(line -> line.filter(text -> text.contains(key)).isPresent());
  }

  private void runACommand(String device) {
    Map<String, ?> command = Map.of("tool", "bash", "args", Map.of("command", "echo $((6*7))"));
    String id =
        muster.admin().post("/v1/devices/" + device + "/commands", command).expect(201).text("id");
    Awaitility.await()
        .atMost(WITHIN)
        .until(() -> muster.admin().get("/v1/commands/" + id + "/output").body().contains("42"));
  }

  @Test
  @Tag("F132")
  void sameMachineAgain_is409_unlessItIsToBeReplaced() throws Exception {
    TestReply first = deploy(Map.of()).expect(200);
    TestReply refused = deploy(Map.of("label", "other")).expect(409);
    assertThat(refused.text("error")).contains(first.text("agent_id"), "replace");

    TestReply second = deploy(Map.of("replace", true)).expect(200);
    assertThat(second.text("agent_id")).isEqualTo(first.text("agent_id"));
    assertThat(second.text("label")).isEqualTo("db-01");
    assertThat(second.text("key")).isNotEqualTo(first.text("key"));
    assertThat(second.at("host_key_known").asBoolean()).isTrue();
    assertThat(presence(second.text("agent_id"))).isEqualTo("online");
    muster.client(first.text("key")).get("/api/agents/install-script").expect(401);
    muster.client(second.text("key")).get("/api/agents/install-script").expect(200);
  }

  @Test
  @Tag("F132")
  void machineThatIsEnrolledAlready_isLeftAlone() throws Exception {
    TestReply first = deploy(Map.of()).expect(200);
    String id = first.text("agent_id");
    muster
        .admin()
        .patch("/api/devices/" + id, Map.of("metadata", Map.of("deployed_to", "")))
        .expect(200);
    assertFailed(deploy(Map.of()), 502, "preflight", "a device is enrolled here already");
    assertThat(presence(id)).isEqualTo("online");
  }

  @Test
  @Tag("F132")
  void wrongKey_isRefusedAtAuthenticate() throws Exception {
    SshServer.newKey(keys.resolve("other"), "");
    assertFailed(
        deploy(Map.of("ssh_key", "other")),
        502,
        "authenticate",
        "does not let " + SshServer.user());
    assertThat(lastRow().path("detail").path("host_key").asText()).isEqualTo(machine.fingerprint());
    assertThat(muster.data().resolve("ssh/known_hosts")).doesNotExist();
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void hostKey_thatChanged_orIsNotTheOneNamed_isRefused() throws Exception {
    String other = "SHA256:" + "A".repeat(43);
    assertFailed(
        deploy(Map.of("host_key_fingerprint", other)), 502, "host_key", "(expected: " + other);
    assertNothingIsLeft();

    TestReply first = deploy(Map.of("host_key_fingerprint", machine.fingerprint())).expect(200);
    machine.becomeAnother("ed25519");
    assertFailed(deploy(Map.of("replace", true)), 502, "host_key", machine.fingerprint());
    assertThat(presence(first.text("agent_id"))).isEqualTo("online");
  }

  @Test
  @Tag("F132")
  void hostKey_ofAnotherType_isNoNewOne() throws Exception {
    deploy(Map.of()).expect(200);
    machine.becomeAnother("ecdsa");
    assertFailed(deploy(Map.of("replace", true)), 502, "host_key", machine.fingerprint());
  }

  @Test
  @Tag("F132")
  void portWhereNobodyIs_isRefusedAtConnect() throws Exception {
    machine.close();
    assertFailed(deploy(Map.of()), 502, "connect", "nothing answers there");
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void machineWithoutRoomForTheAgent_failsThePreflight() throws Exception {
    machine.program("df", "echo 'Filesystem K Used Available Use% Mounted'; echo 'x 9 8 1 99% /'");
    assertFailed(deploy(Map.of()), 502, "preflight", "has 1 KiB left");
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void machineThatIsNoLinux_orWhereRootCannotBeHad_failsThePreflight() throws Exception {
    machine.program("uname", "echo Darwin");
    assertFailed(deploy(Map.of()), 502, "preflight", "is no Linux");
    machine.program("uname", "echo Linux");
    machine.program("id", "echo 1000");
    machine.program("sudo", "exit 1");
    assertFailed(deploy(Map.of()), 502, "preflight", "may not use sudo without a password");
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void userWithSudo_installsAsRoot() throws Exception {
    machine.program("id", "[ -n \"$AS_ROOT\" ] && echo 0 || echo 1000");
    machine.program("sudo", "[ \"$1\" = -n ] && shift && AS_ROOT=1 exec \"$@\"");
    TestReply reply = deploy(Map.of()).expect(200);
    assertThat(presence(reply.text("agent_id"))).isEqualTo("online");
  }

  @Test
  @Tag("F132")
  void serverOutOfTheMachinesReach_failsThePreflight() throws Exception {
    machine.program("curl", "exit 7");
    assertFailed(deploy(Map.of()), 502, "preflight", "cannot reach " + muster.url());
    assertNothingIsLeft();
    TestReply elsewhere = deploy(Map.of("host", "192.0.2.1"));
    assertThat(elsewhere.expect(502).text("error"))
        .startsWith("preflight: server.public_url is " + muster.url());
  }

  /// What the machine's Java does with the agent: as the real one, but for one word.
  private void java(String word, String instead) throws IOException {
    String real = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    machine.program(
        "java/bin/java",
        "for a in \"$@\"; do [ \"$a\" != "
            + word
            + " ] || { "
            + instead
            + "; }; done\n"
            + "exec "
            + real
            + " \"$@\"");
  }

  @Test
  @Tag("F132")
  void installationThatFails_leavesNothingBehind() throws Exception {
    java("adopt", "exit 1");
    assertFailed(deploy(Map.of()), 502, "install", "does not take the key");
    assertNothingIsLeft();
    java("run", "exit 1");
    assertFailed(deploy(Map.of()), 502, "install", "the agent is installed, but has ended");
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void replacementThatFails_leavesTheAgentAndItsKeyAsTheyWere() throws Exception {
    TestReply first = deploy(Map.of()).expect(200);
    java("adopt", "cat >\"$HOME/key\"; exit 1");
    assertFailed(deploy(Map.of("replace", true)), 502, "install", "does not take the key");
    String shown = Files.readString(machine.home().resolve("key")).strip();
    assertThat(shown).startsWith("agt_").isNotEqualTo(first.text("key"));
    muster.client(shown).get("/api/agents/install-script").expect(401);
    muster.client(first.text("key")).get("/api/agents/install-script").expect(200);
    runACommand(first.text("agent_id"));
  }

  @Test
  @Tag("F132")
  void replacementThatNeverConnects_isRemoved_andTheEarlierKeyStaysGood() throws Exception {
    TestReply first = deploy(Map.of()).expect(200);
    java("run", "exit 1");
    assertFailed(deploy(Map.of("replace", true)), 502, "install", "has ended");
    assertThat(machine.left()).isEmpty();
    muster.client(first.text("key")).get("/api/agents/install-script").expect(200);
    Awaitility.await().until(() -> presence(first.text("agent_id")).equals("offline"));
  }

  private void makeGate() throws Exception {
    new ProcessBuilder("mkfifo", machine.home().resolve("gate").toString()).start().waitFor();
  }

  /// Stops the server as soon as the machine has come that far.
  private void stopWhen(String file, Map<String, Object> changes) {
    Thread.ofVirtual().start(() -> deploy(changes));
    Awaitility.await().atMost(WITHIN).until(() -> Files.exists(machine.home().resolve(file)));
    muster.stop();
  }

  private void assertOnlyTheGateIsLeft() throws IOException {
    assertThat(machine.left())
        .containsExactlyInAnyOrder(machine.home().resolve("gate"), machine.home().resolve("came"));
    muster.startAgain();
    assertThat(muster.admin().get("/v1/devices").expect(200).at("devices")).isEmpty();
    assertThat(lastRow().path("outcome").asText()).isEqualTo("denied");
    assertThat(lastRow().path("detail").toString()).contains("the server is stopping");
  }

  @Test
  @Tag("F132")
  void serverThatStops_duringTheCopy_leavesNothingBehind() throws Exception {
    makeGate();
    machine.program("cat", "echo >\"$HOME/came\"; read x <\"$HOME/gate\"");
    stopWhen("came", Map.of());
    assertOnlyTheGateIsLeft();
  }

  @Test
  @Tag("F132")
  void serverThatStops_duringTheInstallation_endsItAndLeavesNothingBehind() throws Exception {
    makeGate();
    java("adopt", "echo >\"$HOME/came\"; read x <\"$HOME/gate\"");
    stopWhen("came", Map.of());
    assertOnlyTheGateIsLeft();
    assertThat(ProcessHandle.allProcesses().map(process -> process.info().commandLine()))
        .noneMatch(line -> line.filter(text -> text.contains(machine.agent() + "/")).isPresent());
  }

  @Test
  @Tag("F132")
  void connectionThatIsLost_duringTheCopy_leavesNothingBehind() throws Exception {
    try (SshProxy way = SshProxy.thatCloses(machine.port(), 200_000)) {
      assertFailed(deploy(Map.of("ssh_port", way.port())), 502, "copy", "the connection was lost");
    }
    Awaitility.await().atMost(WITHIN).until(() -> machine.left().isEmpty());
  }

  @Test
  @Tag("F132")
  void deviceThatIsBlocked_getsNoNewKey() throws Exception {
    String id = deploy(Map.of()).expect(200).text("agent_id");
    muster.admin().post("/api/devices/" + id + "/block", Map.of()).expect(200);
    assertThat(deploy(Map.of("replace", true)).expect(403).text("error")).endsWith("is blocked");
    assertThat(muster.admin().get("/v1/devices/" + id).text("approval")).isEqualTo("blocked");
    assertThat(machine.agent().resolve("state/credential.json")).exists();
  }

  @Test
  @Tag("F132")
  void copyThatIsNotWhole_leavesNothingBehind() throws Exception {
    machine.program("cat", "head -c 1000");
    assertFailed(deploy(Map.of()), 502, "copy", "1000 of ");
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void agentThatDoesNotConnect_is504_andIsRemovedAgain() throws Exception {
    // It is there, with the agent's own arguments, and waits for what never comes.
    java("run", "mkfifo \"$HOME/never\"; read x <\"$HOME/never\"");
    CompletableFuture<TestReply> answer =
        CompletableFuture.supplyAsync(() -> deploy(Map.of()), THREADS);
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          if (Files.exists(machine.agent().resolve("state/agent.pid"))) {
            muster.clock().advance(Duration.ofSeconds(46));
          }
          return answer.isDone();
        });
    assertFailed(answer.join(), 504, "hello", "has not connected");
    Files.delete(directory.resolve("machine/home/never"));
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void clientThatLeaves_theAttemptIsFinishedAllTheSame() throws Exception {
    String body =
        """
        {"host":"127.0.0.1","ssh_user":"%s","ssh_port":%d,"ssh_key":"id_ed25519","label":"left"}
        """
            .formatted(SshServer.user(), machine.port());
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(muster.url() + ROUTE))
              .header("Authorization", "Bearer " + muster.adminKey())
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      CompletableFuture<?> answer = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
      Awaitility.await()
          .atMost(WITHIN)
          .until(() -> !muster.admin().get("/v1/devices").at("devices").isEmpty());
      answer.cancel(true);
    }
    Awaitility.await().atMost(WITHIN).until(() -> lastRow().path("outcome").asText().equals("ok"));
    assertThat(presence(lastRow().path("target").asText())).isEqualTo("online");
  }

  @Test
  @Tag("F132")
  void fourAreUnderWay_aFifthIs429_andTheSameAgain409() throws Exception {
    machine.program("uname", "echo came >>\"$HOME/came\"; read x <\"$HOME/gate\"; echo Darwin");
    makeGate();
    // Open both ways: opening it waits for nobody.
    try (RandomAccessFile gate =
        new RandomAccessFile(machine.home().resolve("gate").toFile(), "rw")) {
      List<CompletableFuture<TestReply>> four =
          IntStream.rangeClosed(1, 4)
              .mapToObj(i ->
                  CompletableFuture.supplyAsync(
                      () -> deploy(Map.of("host", "127.0.0." + i)), THREADS))
              .toList();
      Path came = machine.home().resolve("came");
      Awaitility.await()
          .atMost(WITHIN)
          .until(() -> Files.exists(came) && Files.readAllLines(came).size() == 4);
      TestReply fifth = deploy(Map.of("host", "127.0.0.5")).expect(429);
      assertThat(fifth.header("retry-after")).isEqualTo("10");
      assertRefusalIsOnRecord("127.0.0.5", "4 installations are under way");
      assertThat(deploy(Map.of("host", "127.0.0.2")).expect(409).text("error"))
          .contains("is under way");
      assertRefusalIsOnRecord("127.0.0.2", "is under way");
      gate.writeBytes("go\n".repeat(4));
      four.forEach(reply -> assertThat(reply.join().text("step")).isEqualTo("preflight"));
    }
    deploy(Map.of("host", "127.0.0.5", "ssh_key", "none")).expect(400);
  }

  private void assertRefusalIsOnRecord(String host, String why) {
    assertThat(lastRow().path("outcome").asText()).isEqualTo("denied");
    assertThat(lastRow().path("target").asText()).isEqualTo(host + ":" + machine.port());
    assertThat(lastRow().path("detail").path("error").asText()).contains(why);
  }

  @Test
  @Tag("F132")
  void viewerAndOperator_areRefused() throws Exception {
    for (String role : List.of("viewer", "operator")) {
      TestReply reply = muster.withRole(role).post(ROUTE, example()).expect(403);
      assertThat(reply.text("error")).contains("device:deploy");
    }
    assertNothingIsLeft();
  }

  @Test
  @Tag("F132")
  void wrongFields_areNamed() {
    Map<String, Object> wrong =
        Map.of(
            "host", "-oProxyCommand=reboot",
            "ssh_user", "Root; reboot",
            "ssh_port", 70_000,
            "label", "",
            "host_key_fingerprint", "MD5:00");
    wrong.forEach((field, value) ->
        assertThat(deploy(Map.of(field, value)).expect(400).text("error"))
            .startsWith(field + ": "));
    assertThat(deploy(Map.of("password", "secret")).expect(400).text("error"))
        .startsWith("unknown field: ");
  }

  private void assertNoKey(String name, String why) {
    TestReply reply = deploy(Map.of("ssh_key", name)).expect(400);
    assertThat(reply.text("error"))
        .as(name)
        .startsWith("ssh_key: ")
        .contains(why)
        .doesNotContain(muster.data().toString());
  }

  @Test
  @Tag("F132")
  void keys_onlyPrivateRegularFilesOfTheDirectory_areUsed() throws Exception {
    Path outside = muster.data().resolve("ssh/outside");
    SshServer.newKey(outside, "");
    Files.createSymbolicLink(keys.resolve("link"), outside);
    Files.createDirectory(keys.resolve("directory"));
    Files.writeString(keys.resolve("text"), "no key");
    Files.setPosixFilePermissions(
        keys.resolve("text"), PosixFilePermissions.fromString("rw-------"));
    SshServer.newKey(keys.resolve("open"), "");
    Files.setPosixFilePermissions(
        keys.resolve("open"), PosixFilePermissions.fromString("rw-r--r--"));
    for (String name :
        List.of(
            "../outside", "~/.ssh/../../etc/passwd", "/etc/shadow", "a/b", ".", "..", "", "~")) {
      assertNoKey(name, "the name of a private key");
    }
    assertNoKey("missing", "the name of a private key");
    assertNoKey("link", "no link");
    assertNoKey("directory", "a regular file");
    assertNoKey("open", "mode 0600");
    assertNoKey("text", "in the form of OpenSSH");
    assertThat(lastRow().path("outcome").asText()).isEqualTo("denied");
    Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertNoKey("id_ed25519", "only its owner writes to");
  }

  @Test
  @Tag("F132")
  void keyWithAPassphrase_wantsIt_andNeverShowsIt() throws Exception {
    Path locked = keys.resolve("locked");
    SshServer.newKey(locked, "open sesame");
    machine.authorize(locked);
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("ssh_key", "locked"),
            Map.of("ssh_key", "locked", "passphrase", "sesame street"))) {
      TestReply reply = deploy(wrong).expect(400);
      assertThat(reply.text("error")).startsWith("passphrase: ").doesNotContain("sesame");
    }
    deploy(Map.of("ssh_key", "locked", "passphrase", "open sesame")).expect(200);
    assertThat(muster.admin().get("/v1/audit?limit=20").body()).doesNotContain("sesame");
  }
}
