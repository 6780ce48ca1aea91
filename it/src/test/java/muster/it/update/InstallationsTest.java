package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import muster.it.page.Shell;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Updates on a machine with the real agent, as a process of its own.
@Timeout(300)
class InstallationsTest {
  private static final Duration WITHIN = Duration.ofSeconds(120);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;
  private static Artifacts artifacts;
  private static ToolCalls calls;

  @TempDir private Path files;
  private String name = "";

  @BeforeAll
  static void start() throws IOException {
    muster = TestMuster.start();
    agent = RealAgent.start(muster, directory);
    calls = new ToolCalls(muster, agent.device());
    artifacts = new Artifacts();
  }

  @AfterAll
  static void stop() {
    artifacts.close();
    agent.close();
    muster.close();
  }

  @BeforeEach
  void allowThisMachine() throws IOException {
    agent.policy("{\"http\": {\"allow\": [\"127.0.0.1\"]}}");
    name = "app-" + NUMBER.incrementAndGet();
  }

  private JsonNode install(Map<String, ?> args) {
    return calls.outcome(calls.submit("install_update", args));
  }

  private Map<String, Object> archive(String version) {
    return artifacts.args(
        name,
        version,
        "/%s-%s.tar.gz".formatted(name, version),
        Artifacts.archive(
            Map.of("bin/run", "#!/bin/sh\necho " + version + "\n", "version", version)));
  }

  private Path current() {
    return agent.state().resolve("updates").resolve(name).resolve("current");
  }

  private String version() throws IOException {
    return Files.readString(current().resolve("version"));
  }

  private static void assertFailed(JsonNode outcome, String reason) {
    assertThat(outcome.path("outcome").asText()).isEqualTo("failed");
    assertThat(outcome.path("reason").asText()).as(outcome.toString()).isEqualTo(reason);
  }

  private String waiting(Path go) {
    return "touch %s.here; while [ ! -e %s ]; do sleep 0.02; done".formatted(go, go);
  }

  @Test
  @DisplayName("7: a version is brought beside the one before, and goes back to it")
  void versions_comeAndGoBack() throws IOException {
    Path target = files.resolve("app");
    Map<String, Object> first = archive("1.0.0");
    first.put("target_path", target.toString());
    JsonNode brought = install(first);
    assertThat(brought.path("outcome").asText()).isEqualTo("installed");
    assertThat(brought.has("from_version")).isFalse();
    assertThat(Files.readString(target.resolve("version"))).isEqualTo("1.0.0");
    assertThat(Files.isExecutable(target.resolve("bin/run"))).isTrue();

    Map<String, Object> second = archive("2.0.0");
    second.put("target_path", target.toString());
    assertThat(install(second).path("from_version").asText()).isEqualTo("1.0.0");
    assertThat(Files.readString(target.resolve("version"))).isEqualTo("2.0.0");
    int requests = artifacts.requests.get();
    assertThat(install(second).path("outcome").asText()).isEqualTo("unchanged");
    assertThat(artifacts.requests.get()).isEqualTo(requests);

    JsonNode back = calls.outcome(calls.submit("rollback_update", Map.of("name", name)));
    assertThat(back.path("outcome").asText()).isEqualTo("rolled_back");
    assertThat(back.path("to_version").asText()).isEqualTo("1.0.0");
    assertThat(Files.readString(target.resolve("version"))).isEqualTo("1.0.0");
  }

  @Test
  @DisplayName("7: what was never installed does not go back")
  void firstVersion_hasNoneBefore() {
    assertFailed(
        calls.outcome(calls.submit("rollback_update", Map.of("name", name))), "no_previous");
  }

  @Test
  @DisplayName("7: a version that is not well after the switch is left again")
  void unwellVersion_isLeftAgain() throws IOException {
    install(archive("1.0.0"));
    Path restarts = files.resolve("restarts");
    Map<String, Object> second = archive("2.0.0");
    second.put("restart_command", List.of("sh", "-c", "echo again >> " + restarts));
    second.put("health_command", List.of("sh", "-c", "echo broken >&2; exit 3"));
    second.put("health_retries", 1);
    JsonNode outcome = install(second);
    assertFailed(outcome, "health_check_failed");
    assertThat(outcome.path("detail").asText()).isEqualTo("sh ended with 3: broken");
    assertThat(version()).isEqualTo("1.0.0");
    assertThat(Files.readAllLines(restarts)).hasSize(2);
  }

  @Test
  @DisplayName("7: a check that answers late is waited for, one that never does is not")
  void checkOfAnAddress_isLookedAt() {
    Map<String, Object> good = archive("1.0.0");
    good.put("health_url", artifacts.url("/%s-1.0.0.tar.gz".formatted(name)));
    assertThat(install(good).path("outcome").asText()).isEqualTo("installed");
    Map<String, Object> bad = archive("2.0.0");
    bad.put("health_url", artifacts.url("/nothing"));
    JsonNode outcome = install(bad);
    assertFailed(outcome, "health_check_failed");
    assertThat(outcome.path("detail").asText()).contains("answers 404 (expected: 200)");
  }

  @Test
  @DisplayName("7: a single file and a script are artifacts, too")
  void fileAndScript_areArtifacts() throws IOException {
    Path target = files.resolve("tool");
    Map<String, Object> file =
        artifacts.args(name, "1", "/" + name, "#!/bin/sh\necho one\n".getBytes());
    file.put("target_path", target.toString());
    assertThat(install(file).path("outcome").asText()).isEqualTo("installed");
    assertThat(Files.isExecutable(target)).isTrue();

    Path mark = files.resolve("mark");
    Map<String, Object> script =
        artifacts.args(
            name + "-script", "1", "/" + name + ".sh", ("echo ran > " + mark).getBytes());
    assertThat(install(script).path("outcome").asText()).isEqualTo("installed");
    assertThat(Files.readString(mark)).isEqualTo("ran\n");
    Map<String, Object> failing =
        artifacts.args(name + "-script", "2", "/bad" + name + ".sh", "exit 9".getBytes());
    assertFailed(install(failing), "install_failed");
  }

  @Test
  @DisplayName("7: a download goes on where it was cut")
  void cutDownload_goesOn() throws IOException {
    byte[] content = Story.bytes(300_000);
    Map<String, Object> args = artifacts.args(name, "1", "/big-" + name, content);
    artifacts.cuts.put("/big-" + name, 100_000);
    int before = artifacts.requests.get();
    assertThat(install(args).path("outcome").asText()).isEqualTo("installed");
    assertThat(artifacts.requests.get() - before).isEqualTo(2);
    assertThat(Files.readAllBytes(current().resolve(name))).isEqualTo(content);
  }

  @Test
  @DisplayName("7: what is not what was announced is refused with its reason, and nothing changes")
  void wrongArtifacts_areRefused() throws IOException {
    install(archive("1.0.0"));
    Map<String, Object> corrupted = archive("2.0.0");
    corrupted.put("checksum", Fleet.CHECKSUM);
    assertFailed(install(corrupted), "checksum_mismatch");

    Map<String, Object> endless = archive("3.0.0");
    endless.put("size_bytes", 20);
    assertFailed(install(endless), "too_long");

    Map<String, Object> other = archive("4.0.0");
    other.put("architecture", "s390x");
    assertFailed(install(other), "wrong_platform");

    Map<String, Object> missing = archive("5.0.0");
    missing.put("url", artifacts.url("/missing"));
    assertFailed(install(missing), "http_status");

    byte[] rubbish = "no archive at all".getBytes();
    assertFailed(install(artifacts.args(name, "6.0.0", "/rubbish.tar.gz", rubbish)), "bad_archive");

    byte[] whole = Artifacts.archive(Map.of("a", "x".repeat(5000)));
    byte[] truncated = Arrays.copyOf(whole, whole.length / 2);
    assertFailed(
        install(artifacts.args(name, "7.0.0", "/truncated.tar.gz", truncated)), "bad_archive");

    byte[] leaving = Artifacts.archive(Map.of("../outside", "x"));
    assertFailed(install(artifacts.args(name, "8.0.0", "/leaving.tar.gz", leaving)), "bad_archive");

    Map<String, Object> huge = archive("9.0.0");
    huge.put("size_bytes", Long.MAX_VALUE / 4);
    assertFailed(install(huge), "disk_full");

    Map<String, Object> taken = archive("10.0.0");
    taken.put("target_path", Files.writeString(files.resolve("taken"), "mine").toString());
    assertFailed(install(taken), "target_taken");

    assertThat(version()).isEqualTo("1.0.0");
    assertThat(agent.state().resolve("updates").resolve("outside")).doesNotExist();
  }

  @Test
  @DisplayName("7: with update_keys nothing is installed that none of them has signed")
  void unsignedArtifacts_areRefused() throws IOException {
    agent.policy(
        "{\"http\": {\"allow\": [\"127.0.0.1\"]}, \"update_keys\": [\"%s\"]}"
            .formatted(Signer.OURS.publicKey()));
    Map<String, Object> unsigned = archive("1.0.0");
    assertFailed(install(unsigned), "unsigned");
    byte[] content =
        Artifacts.archive(Map.of("bin/run", "#!/bin/sh\necho 1.0.0\n", "version", "1.0.0"));
    unsigned.put("signature", Signer.OURS.signature("another file".getBytes()));
    assertFailed(install(unsigned), "wrong_signature");
    Map<String, Object> foreign = artifacts.args(name, "1.0.0", "/s.tar.gz", content);
    foreign.put("signature", Signer.OTHER.signature(content));
    assertFailed(install(foreign), "untrusted_key");
    Map<String, Object> signed = artifacts.args(name, "1.0.0", "/s.tar.gz", content);
    signed.put("signature", Signer.OURS.signature(content));
    assertThat(install(signed).path("outcome").asText()).isEqualTo("installed");
  }

  @Test
  @DisplayName("7: cancelled before the switch, all is as before")
  void cancelled_beforeTheSwitch() throws IOException {
    install(archive("1.0.0"));
    Path go = files.resolve("go");
    Map<String, Object> second = archive("2.0.0");
    second.put("install_command", List.of("sh", "-c", waiting(go)));
    String id = calls.submit("install_update", second);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    muster.admin().post("/v1/commands/" + id + "/cancel", Map.of()).expect(200);
    assertThat(calls.ended(id).text("status")).isEqualTo("cancelled");
    assertThat(version()).isEqualTo("1.0.0");
    assertThat(install(archive("2.0.0")).path("outcome").asText()).isEqualTo("installed");
  }

  @Test
  @DisplayName(
      "7: killed while a program of the update runs, the old version stays, and that is told")
  void killedInItsProgram_theOldVersionStays() throws Exception {
    install(archive("1.0.0"));
    Path go = files.resolve("go");
    Map<String, Object> second = archive("2.0.0");
    second.put("install_command", List.of("sh", "-c", waiting(go)));
    String id = calls.submit("install_update", second);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    agent.crash();
    assertFailed(calls.outcome(id), "interrupted");
    assertThat(version()).isEqualTo("1.0.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"restart_command", "health_command"})
  @DisplayName("7: killed after the switch, it is looked at again and kept when it is well")
  void killedAfterTheSwitch_isKeptWhenWell(String where) throws Exception {
    install(archive("1.0.0"));
    Path go = files.resolve("go");
    Map<String, Object> second = archive("2.0.0");
    second.put(where, List.of("sh", "-c", waiting(go)));
    second.put("health_timeout_seconds", 60);
    String id = calls.submit("install_update", second);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    agent.kill();
    Files.createFile(go);
    agent.crash();
    assertThat(calls.outcome(id).path("outcome").asText()).isEqualTo("installed");
    assertThat(version()).isEqualTo("2.0.0");
  }

  @Test
  @DisplayName("7: killed after the switch, it is left again when it is not well")
  void killedAfterTheSwitch_isLeftWhenUnwell() throws Exception {
    install(archive("1.0.0"));
    Path go = files.resolve("go");
    Map<String, Object> second = archive("2.0.0");
    second.put("health_command", List.of("sh", "-c", waiting(go) + "; exit 1"));
    second.put("health_timeout_seconds", 60);
    String id = calls.submit("install_update", second);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    agent.kill();
    Files.createFile(go);
    agent.crash();
    assertFailed(calls.outcome(id), "health_check_failed");
    assertThat(version()).isEqualTo("1.0.0");
  }

  /// A real file system of 48 MiB, in a mount namespace of the agent's own.
  @Test
  @DisplayName("7: a disk that gets full in the middle leaves the version that is there")
  void fullDisk_leavesTheVersionThatIsThere() throws Exception {
    Path home = Files.createDirectory(files.resolve("home"));
    Path updates = Files.createDirectories(home.resolve("agent/updates"));
    String namespace = "unshare --user --map-root-user --mount";
    String mounted = "mount -t tmpfs -o size=48m,mode=755 muster " + updates;
    assumeTrue(
        Shell.run(namespace + " sh -c '" + mounted + "'", files, Map.of()).status() == 0,
        "SKIPPED: no tmpfs can be mounted here (no user namespaces): the full disk was not tried");
    String wrapper = namespace + " sh -c '" + mounted + " && exec \"$@\"' sh \"$@\"";
    try (TestMuster other = TestMuster.start();
        RealAgent small = RealAgent.wrapped(other, home, wrapper)) {
      small.policy("{\"http\": {\"allow\": [\"127.0.0.1\"]}}");
      ToolCalls there = new ToolCalls(other, small.device());
      Map<String, Object> fits = archive("1.0.0");
      assertThat(there.outcome(there.submit("install_update", fits)).path("outcome").asText())
          .isEqualTo("installed");

      Map<String, Object> large =
          artifacts.args(
              name, "2.0.0", "/large.tar.gz", Artifacts.archive(Map.of("x", "x".repeat(60 << 20))));
      assertFailed(there.outcome(there.submit("install_update", large)), "disk_full");

      JsonNode same = there.outcome(there.submit("install_update", fits));
      assertThat(same.path("outcome").asText()).isEqualTo("unchanged");
      Map<String, Object> next = archive("3.0.0");
      assertThat(there.outcome(there.submit("install_update", next)).path("outcome").asText())
          .as("the room is free again")
          .isEqualTo("installed");
    }
  }

  @Test
  @DisplayName("7: a stop of the agent in the middle is no failure: its next start goes on")
  void stoppedInTheMiddle_goesOn() throws Exception {
    Path go = files.resolve("go");
    Map<String, Object> args = archive("1.0.0");
    args.put("health_command", List.of("sh", "-c", waiting(go)));
    args.put("health_timeout_seconds", 60);
    String id = calls.submit("install_update", args);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    agent.restart();
    Files.createFile(go);
    assertThat(calls.outcome(id).path("outcome").asText()).isEqualTo("installed");
  }

  @Test
  @DisplayName("7: killed at any moment, the current version is wholly one of the two, as is told")
  void killedAtAnyMoment_isWholeAndToldTrue() throws Exception {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    System.out.println("InstallationsTest: -Dmuster.seed=" + seed);
    Random random = new Random(seed);
    Map<String, String> content = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      content.put("files/" + i, "x".repeat(random.nextInt(20_000)));
    }
    String before = "0";
    Map<String, String> whole = new HashMap<>(content);
    whole.put("version", before);
    install(artifacts.args(name, before, "/0.tar.gz", Artifacts.archive(whole)));
    for (int round = 1; round <= 8; round++) {
      String version = Integer.toString(round);
      whole.put("version", version);
      Map<String, Object> args =
          artifacts.args(name, version, "/%d.tar.gz".formatted(round), Artifacts.archive(whole));
      args.put("health_command", List.of("sh", "-c", "exit " + random.nextInt(2)));
      String id = calls.submit("install_update", args);
      Thread.sleep(random.nextInt(400));
      agent.crash();
      String status = calls.ended(id).text("status");
      JsonNode told = calls.last(id); // nothing, when it was killed before the first step
      boolean isInstalled = told.path("outcome").asText().equals("installed");
      assertThat(status)
          .as("round %d, told %s", round, told)
          .isEqualTo(isInstalled ? "completed" : "failed");
      String expected = isInstalled ? version : before;
      assertThat(version()).as("round %d, told %s", round, told).isEqualTo(expected);
      for (Map.Entry<String, String> file : content.entrySet()) {
        assertThat(Files.readString(current().resolve(file.getKey()))).isEqualTo(file.getValue());
      }
      before = expected;
    }
  }
}
