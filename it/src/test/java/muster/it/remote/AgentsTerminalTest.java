package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Terminals of agents of the Agents page's kind, on their one socket (F159, CONTRACT 2.2).
@Tag("F159")
class AgentsTerminalTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, ?> WIDE = Map.of("cols", 100, "rows", 30);
  private static TestMuster muster;

  private FakeDevice device;
  private AgentSocket agent;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void connect() throws Exception {
    device = muster.enroll("web-01");
    agent =
        AgentSocket.open(
                URI.create(
                    "ws://%s/api/agent/ws?key=%s"
                        .formatted(muster.url().getAuthority(), device.token())),
                Map.of())
            .send("{\"type\":\"identify\",\"hostname\":\"web-01\",\"agent_version\":\"3.1.0\"}");
    await().until(() -> presence().equals("online"));
  }

  @AfterEach
  void disconnect() {
    agent.close();
  }

  private String presence() {
    return muster.admin().get("/api/agents/" + device.id()).expect(200).text("status");
  }

  private JsonNode next() throws Exception {
    return JSON.readTree(agent.next());
  }

  private void say(String type, String session, String more) {
    agent.send("{\"type\":\"%s\",\"session\":\"%s\"%s}".formatted(type, session, more));
  }

  private CompletableFuture<TestReply> starting(Map<String, ?> body) {
    return CompletableFuture.supplyAsync(() -> Sitting.start(muster, device.id(), body));
  }

  /// A terminal with somebody at it.
  private record Opened(Sitting sitting, String session) {}

  private Opened open() throws Exception {
    CompletableFuture<TestReply> starting = starting(WIDE);
    String session = next().path("session").asText();
    say("pty_opened", session, "");
    String url = starting.join().expect(201).text("url");
    return new Opened(Sitting.at(muster, url, Map.of()), session);
  }

  @Test
  void terminal_isOpened_typedAt_resized_andEnds() throws Exception {
    CompletableFuture<TestReply> starting = starting(WIDE);
    JsonNode asked = next();
    assertThat(asked.path("type").asText()).isEqualTo("pty_open");
    assertThat(asked.path("cols").asInt()).isEqualTo(100);
    assertThat(asked.path("rows").asInt()).isEqualTo(30);
    assertThat(asked.path("role").asText()).isEqualTo("admin");
    assertThat(starting).isNotDone();
    String session = asked.path("session").asText();
    say("pty_opened", session, "");

    try (Sitting sitting = Sitting.at(muster, starting.join().expect(201).text("url"), Map.of())) {
      say("pty_output", session, ",\"data\":\"grüße$ \"");
      sitting.awaitText("grüße$ ").type("ls\n");
      JsonNode typed = next();
      assertThat(typed.path("type").asText()).isEqualTo("pty_input");
      assertThat(typed.path("session").asText()).isEqualTo(session);
      assertThat(typed.path("data").asText()).isEqualTo("ls\n");
      sitting.say("{\"type\":\"resize\",\"cols\":120,\"rows\":40}");
      JsonNode resized = next();
      assertThat(resized.path("type").asText()).isEqualTo("pty_resize");
      assertThat(resized.path("cols").asInt()).isEqualTo(120);
      assertThat(resized.path("rows").asInt()).isEqualTo(40);

      say("pty_exit", session, ",\"code\":3");
      await().until(() -> !sitting.controls().isEmpty());
      assertThat(sitting.controls()).containsExactly("{\"type\":\"exit\",\"code\":3}");
      assertThat(sitting.awaitClose()).startsWith("1000");
    }
  }

  @Test
  void characterInTwoFrames_isTypedWhole() throws Exception {
    Opened opened = open();
    try (Sitting sitting = opened.sitting()) {
      byte[] word = "aü€".getBytes(StandardCharsets.UTF_8);
      sitting.send(Arrays.copyOf(word, 2)).send(Arrays.copyOfRange(word, 2, word.length));
      assertThat(next().path("data").asText() + next().path("data").asText()).isEqualTo("aü€");
    }
  }

  @Test
  void refusal_isTold() throws Exception {
    CompletableFuture<TestReply> starting = starting(WIDE);
    String session = next().path("session").asText();
    say("pty_error", session, ",\"error\":\"no more terminals\"");
    assertThat(starting.join().expect(409).body()).contains("no more terminals");
  }

  @Test
  void personWhoLeaves_closesTheShell() throws Exception {
    Opened opened = open();
    opened.sitting().close();
    JsonNode closed = next();
    assertThat(closed.path("type").asText()).isEqualTo("pty_close");
    assertThat(closed.path("session").asText()).isEqualTo(opened.session());
  }

  @Test
  void terminalOpenedTooLate_isClosedAgain() throws Exception {
    say("pty_opened", "unasked", "");
    JsonNode closed = next();
    assertThat(closed.path("type").asText()).isEqualTo("pty_close");
    assertThat(closed.path("session").asText()).isEqualTo("unasked");
  }

  @Test
  void lostConnection_endsTheSession_andARequestForOne() throws Exception {
    Opened opened = open();
    CompletableFuture<TestReply> starting = starting(WIDE);
    next();
    agent.cut();
    assertThat(opened.sitting().awaitClose()).contains("the device's connection ended");
    assertThat(starting.join().expect(503).body()).contains("the device's connection ended");
  }

  @Test
  void slowReader_holdsUpNothing_andIsToldWhatIsMissing() throws Exception {
    Opened opened = open();
    try (Sitting sitting = opened.sitting().stopReading()) {
      String line = "x".repeat(60_000);
      for (int i = 0; i < 600; i++) {
        say("pty_output", opened.session(), ",\"data\":\"%s\"".formatted(line));
      }
      agent.send("{\"type\":\"ping\"}");
      assertThat(next().path("type").asText()).isEqualTo("pong");

      sitting.readOn();
      sitting.awaitText("bytes of output left out");
      assertThat(sitting.count()).isLessThan(600 * 60_000);
      say("pty_output", opened.session(), ",\"data\":\"still here\"");
      sitting.awaitText("still here");
    }
  }

  @Test
  void tunnels_areNotOfThisKind() {
    assertThat(
            Sitting.start(muster, device.id(), Map.of("type", "tcp", "target", "22"))
                .expect(409)
                .body())
        .contains("has terminals only");
  }
}
