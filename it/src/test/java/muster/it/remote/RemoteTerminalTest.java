package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Terminals on the real agent.
class RemoteTerminalTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Map<String, ?> TERMINAL = Map.of();

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;

  @BeforeAll
  static void start() {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
    agent = RealAgent.start(muster, directory);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    agent.close();
    muster.close();
  }

  @AfterEach
  void stopAll() throws IOException {
    agent.noPolicy();
    muster.admin().post("/api/devices/" + agent.device() + "/remote/stop", Map.of());
    assertThat(open()).isEmpty();
  }

  private static JsonNode open() {
    return muster.admin().get("/v1/remote").expect(200).at("sessions");
  }

  private static Sitting sit() {
    return Sitting.begin(muster, agent.device(), TERMINAL).awaitText("ready> ");
  }

  private static ProcessHandle shell(Sitting sitting) {
    sitting.type("echo pid:$$\n");
    return ProcessHandle.of(sitting.awaitNumber("pid:")).orElseThrow();
  }

  private static void awaitGone(ProcessHandle process) {
    await().atMost(WITHIN).until(() -> !process.isAlive());
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: the answer has the session, its URL and until when the ticket is good")
  void start_answersAsAgreed() {
    TestReply reply =
        Sitting.start(muster, agent.device(), Map.of("cols", 100, "rows", 30)).expect(201);

    assertThat(reply.text("session_id")).matches("ses_[0-9a-z]{16}");
    assertThat(reply.text("device_id")).isEqualTo(agent.device());
    assertThat(reply.text("type")).isEqualTo("terminal");
    assertThat(reply.text("url"))
        .matches(
            "/api/devices/%s/remote/ws\\?session=%s&token=[0-9a-z]{52}"
                .formatted(agent.device(), reply.text("session_id")));
    assertThat(reply.text("expires_at"))
        .isEqualTo(muster.clock().instant().plusSeconds(30).toString().replaceAll("\\.\\d+", ""));
    try (Sitting sitting = Sitting.at(muster, reply.text("url"), Map.of())) {
      sitting.type("stty size\n").awaitText("30 100");
      sitting.say("{\"type\":\"resize\",\"cols\":132,\"rows\":43}");
      sitting.type("stty size\n").awaitText("43 132");
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: keys, UTF-8, Ctrl-C and job control work, and the shell's exit code is told")
  void terminal_isARealOne() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);
    sitting.type("printf '%s|' grüße 日本 🦊; echo\n").awaitText("grüße|日本|🦊|");
    sitting.type("sleep 100\n");
    awaitSleep(shell);
    sitting.type("\u0003").type("echo code=$?\n").awaitText("code=130");
    sitting.type("sleep 100\n");
    awaitSleep(shell);
    sitting.type("\u001a").awaitText("Stopped").type("jobs | sed s/^/job:/\n");
    sitting.awaitText("job:[1]+  Stopped");
    sitting.type("kill %1; exit 7\n").type("exit 7\n");

    assertThat(sitting.awaitClose()).startsWith("1000");
    assertThat(sitting.controls()).containsExactly("{\"type\":\"exit\",\"code\":7}");
  }

  private static void awaitSleep(ProcessHandle shell) {
    await()
        .atMost(WITHIN)
        .until(() ->
            shell
                .children()
                .anyMatch(child -> child.info().commandLine().orElse("").endsWith("sleep 100")));
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: who leaves takes the shell and all it runs along")
  void leaving_endsTheShell() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);
    sitting.type("nohup sleep 1000 >/dev/null & echo job:$!\n");
    ProcessHandle job = ProcessHandle.of(sitting.awaitNumber("job:")).orElseThrow();

    sitting.close();

    awaitGone(shell);
    awaitGone(job);
    await().atMost(WITHIN).until(() -> open().isEmpty());
    assertThat(rows("remote.end").getFirst().at("/detail/why").asText()).isEqualTo("left");
  }

  @Test
  @Tag("F052")
  @DisplayName("F052: stop hangs up, tells the person, and finds nothing a second time")
  void stop_hangsUp() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);
    String id = open().at("/0/session_id").asText();

    TestReply stopped =
        muster
            .admin()
            .post("/api/devices/" + agent.device() + "/remote/stop", Map.of("session_id", id))
            .expect(200);

    assertThat(stopped.at("/stopped").asInt()).isEqualTo(1);
    assertThat(sitting.awaitClose()).startsWith("4410 stopped by key:");
    awaitGone(shell);
    muster
        .admin()
        .post("/api/devices/" + agent.device() + "/remote/stop", Map.of("session_id", id))
        .expect(404);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a reader that stands still holds up its own shell, nothing else")
  void slowReader_holdsBackItsShellOnly() throws IOException {
    Path progress = directory.resolve("progress");
    Sitting slow = sit();
    slow.stopReading()
        .type("i=0; while :; do printf %65536d 0; i=$((i+1)); echo $i >" + progress + "; done\n");

    String stands = awaitStandstill(progress);

    // What is on its way: the buffers of pipes, sockets and one frame at each of four stations.
    assertThat(Long.parseLong(stands) * 65_536).isLessThan(32L << 20);
    String sample = lastSample();
    await().until(() -> !lastSample().equals(sample));
    try (Sitting other = sit()) {
      other.type("echo still $((20+22))\n").awaitText("still 42");
    }
    slow.readOn();
    await().atMost(WITHIN).until(() -> Long.parseLong(read(progress)) > 2 * Long.parseLong(stands));
  }

  /// The same for two seconds.
  private static String awaitStandstill(Path progress) {
    String[] last = {""};
    await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> {
          String now = read(progress);
          boolean same = !now.equals("0") && now.equals(last[0]);
          last[0] = now;
          return same;
        });
    return last[0];
  }

  private static String read(Path file) throws IOException {
    String text = Files.exists(file) ? Files.readString(file).strip() : "";
    return text.isEmpty() ? "0" : text;
  }

  /// When the device last said how it is; its status alone outlives what it says by 45 s.
  private static String lastSample() {
    return muster
        .admin()
        .get("/api/devices/" + agent.device() + "/health")
        .expect(200)
        .text("timestamp");
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: much output comes whole and in order")
  void muchOutput_comesWhole() {
    Sitting sitting = sit();
    sitting.type("stty -opost; head -c 50000000 /dev/zero | tr '\\0' x; echo all-$((1+1)); exit\n");

    sitting.awaitBytes(50_000_000);
    assertThat(sitting.awaitClose()).startsWith("1000");
    assertThat(sitting.text()).contains("all-2");
    assertThat(sitting.text().chars().filter(c -> c == 'x').count())
        .isBetween(50_000_000L, 50_000_010L);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: the device's policy may forbid terminals")
  void policy_forbidsTerminals() throws IOException {
    agent.policy("{\"terminal\":false}");

    TestReply refused = Sitting.start(muster, agent.device(), TERMINAL).expect(409);

    assertThat(refused.text("message")).isEqualTo("denied by the device's policy: terminal: false");
    assertThat(open()).isEmpty();
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a fifth session of a device is refused")
  void fifthSession_isRefused() {
    for (int i = 0; i < 4; i++) {
      Sitting.start(muster, agent.device(), TERMINAL).expect(201);
    }
    TestReply refused = Sitting.start(muster, agent.device(), TERMINAL).expect(409);
    assertThat(refused.text("message")).contains("at most 4 of a device");
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: nobody sits down at a terminal twice; with the key only who began it")
  void terminal_hasOneSeat() {
    TestReply begun = Sitting.start(muster, agent.device(), TERMINAL).expect(201);
    String path = begun.text("url").replaceFirst("&token=.*", "");
    Map<String, String> owner = Map.of("Authorization", "Bearer " + muster.adminKey());

    try (Sitting sitting = Sitting.at(muster, path, owner)) {
      sitting.awaitText("ready> ");
      refused(path, owner, 409);
      String other = muster.withRole("admin").token();
      refused(path, Map.of("Authorization", "Bearer " + other), 404);
      assertThat(sitting.isOpen()).isTrue();
    }
  }

  private static void refused(String path, Map<String, String> headers, int status) {
    try (Sitting none = Sitting.at(muster, path, headers)) {
      throw new AssertionError("let in: " + none.isOpen());
    } catch (AssertionError e) {
      assertThat(e).hasMessage("status " + status);
    }
  }

  @Test
  @DisplayName("47: a ticket is good once, for its session, for 30 s")
  void ticket_isGoodOnce() {
    String first = Sitting.start(muster, agent.device(), TERMINAL).expect(201).text("url");
    String second = Sitting.start(muster, agent.device(), TERMINAL).expect(201).text("url");
    String token = first.replaceFirst(".*token=", "");
    refused(second.replaceFirst("token=.*", "token=" + token), Map.of(), 401);
    refused(second.replaceFirst("token=.*", "token=x"), Map.of(), 401);
    refused(second.replaceFirst("&token=.*", ""), Map.of(), 401);

    try (Sitting sitting = Sitting.at(muster, first, Map.of())) {
      sitting.awaitText("ready> ");
      refused(first, Map.of(), 401);
    }
    muster.clock().advance(Duration.ofSeconds(31));
    refused(second, Map.of(), 401);
  }

  @Test
  @DisplayName("51: a page of another site can't sit down")
  void foreignOrigin_isRefused() {
    String url = Sitting.start(muster, agent.device(), TERMINAL).expect(201).text("url");
    refused(url, Map.of("Origin", "https://evil.example"), 403);
    refused(url, Map.of("Origin", "null"), 403);
    refused(url, Map.of("Origin", "http://127.0.0.1:1"), 403);

    Map<String, String> own = Map.of("Origin", "http://127.0.0.1:" + muster.port());
    try (Sitting sitting = Sitting.at(muster, url, own)) {
      sitting.awaitText("ready> ");
    }
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a session that nobody uses ends after 30 min")
  void idleSession_ends() {
    Sitting sitting = sit();
    ProcessHandle shell = shell(sitting);
    muster.clock().advance(Duration.ofMinutes(29));
    sitting.type("echo still $((20+22))\n").awaitText("still 42");
    muster.clock().advance(Duration.ofMinutes(29));
    sitting.type("echo yet $((20+23))\n").awaitText("yet 43");

    muster.clock().advance(Duration.ofMinutes(31));

    assertThat(sitting.awaitClose()).isEqualTo("4410 idle for 30 min");
    awaitGone(shell);
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a session that nobody sits down at ends after 2 min")
  void unusedSession_ends() {
    Sitting.start(muster, agent.device(), TERMINAL).expect(201);

    muster.clock().advance(Duration.ofSeconds(121));

    await().atMost(WITHIN).until(() -> open().isEmpty());
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: who began what when, how long it took and why it ended is on record")
  void audit_hasBothEnds() {
    TestReply begun = Sitting.start(muster, agent.device(), TERMINAL).expect(201);
    Sitting sitting = Sitting.at(muster, begun.text("url"), Map.of()).awaitText("ready> ");
    muster.clock().advance(Duration.ofSeconds(5));
    sitting.type("exit\n");
    sitting.awaitClose();

    await().atMost(WITHIN).until(() -> open().isEmpty());
    JsonNode start = rows("remote.start").getFirst();
    JsonNode end = rows("remote.end").getFirst();
    assertThat(start.at("/detail/session").asText()).isEqualTo(begun.text("session_id"));
    assertThat(start.at("/request_id").asText()).isEqualTo(begun.header("x-request-id"));
    assertThat(end.at("/detail/session").asText()).isEqualTo(begun.text("session_id"));
    assertThat(end.at("/detail/type").asText()).isEqualTo("terminal");
    assertThat(end.at("/detail/why").asText()).isEqualTo("the shell ended with 0");
    assertThat(end.at("/detail/seconds").asInt()).isBetween(5, 30);
    assertThat(end.at("/detail/sent").asInt()).isEqualTo(5);
    assertThat(end.at("/actor").asText()).isEqualTo(start.at("/actor").asText());
  }

  /// Newest first.
  private static List<JsonNode> rows(String action) {
    JsonNode entries = muster.admin().get("/v1/audit?action=" + action).expect(200).at("entries");
    return StreamSupport.stream(entries.spliterator(), false).toList();
  }
}
