package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Map;
import muster.http.Limits;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Agents of this page's kind on `/api/agent/ws` (F159, CONTRACT 2.2).
class AgentsSocketTest {
  private static final String IDENTIFY =
      "{\"type\":\"identify\",\"hostname\":\"web-01\",\"agent_version\":\"3.1.0\"}";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestMuster muster;

  private FakeDevice device;
  private AgentPage page;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    device = muster.enroll("web-01");
    page = new AgentPage(muster, device);
  }

  private static URI url(String key) {
    return URI.create("ws://%s/api/agent/ws?key=%s".formatted(muster.url().getAuthority(), key));
  }

  private AgentSocket open() throws WebSocketHandshakeException {
    return AgentSocket.open(url(device.token()), Map.of());
  }

  /// Online, with `identify` said.
  private AgentSocket identified() throws WebSocketHandshakeException {
    AgentSocket socket = open().send(IDENTIFY);
    page.awaitPresence("online");
    return socket;
  }

  @Test
  @Tag("F159")
  void agent_thatIdentifies_isOnline() throws Exception {
    try (AgentSocket socket = identified()) {
      assertThat(page.detail().path("hostname").asText()).isEqualTo("web-01");
      assertThat(page.detail().path("version").asText()).isEqualTo("3.1.0");
      socket.send("{\"type\":\"ping\"}");
      assertThat(JSON.readTree(socket.next()).path("type").asText()).isEqualTo("pong");
    }
    page.awaitPresence("offline");
  }

  @Test
  @Tag("F159")
  void command_isGiven_streamed_andAnswered() throws Exception {
    try (AgentSocket socket = identified()) {
      String id = page.shell("df -h");
      JsonNode given = JSON.readTree(socket.next());
      assertThat(given.path("type").asText()).isEqualTo("command");
      assertThat(given.path("id").asText()).isEqualTo(id);
      assertThat(given.path("cmd").asText()).isEqualTo("exec");
      assertThat(given.path("params").path("command").asText()).isEqualTo("df -h");
      assertThat(given.path("params").path("timeout").asInt()).isEqualTo(30);
      page.awaitCommand(id, "running");

      socket.send("{\"type\":\"stream\",\"id\":\"%s\",\"line\":\"one\"}".formatted(id));
      socket.send(
          ("{\"type\":\"result\",\"id\":\"%s\",\"cmd\":\"exec\",\"status\":\"ok\",\"stdout\":\"two\","
                  + "\"exit_code\":0}")
              .formatted(id));

      page.awaitCommand(id, "completed");
      assertThat(page.command(id).path("output").asText()).isEqualTo("one\ntwo");
    }
  }

  @Test
  @Tag("F159")
  void commandThatFails_saysWhy() throws Exception {
    try (AgentSocket socket = identified()) {
      String id = page.shell("df -h");
      socket.next();
      socket.send(
          "{\"type\":\"result\",\"id\":\"%s\",\"status\":\"error\",\"error\":\"no shell\"}"
              .formatted(id));
      page.awaitCommand(id, "failed");
      assertThat(page.command(id).path("error").asText()).isEqualTo("no shell");
    }
  }

  @Test
  @Tag("F159")
  void command_isNotGivenTwice_whenTheConnectionBreaks_andMayEndByAReport() throws Exception {
    String id;
    try (AgentSocket socket = identified()) {
      id = page.shell("make");
      socket.next();
      page.awaitCommand(id, "running");
      socket.cut();
    }
    try (AgentSocket again = identified()) {
      String next = page.shell("next");
      assertThat(JSON.readTree(again.next()).path("id").asText()).isEqualTo(next);
      assertThat(page.command(id).path("status").asText()).isEqualTo("running");

      device
          .http()
          .post(
              "/api/agents/" + device.id() + "/report",
              Map.of(
                  "results",
                  List.of(Map.of("id", id, "status", "ok", "output", "made\n", "exit_code", 0))))
          .expect(200);
      assertThat(page.command(id).path("output").asText()).isEqualTo("made\n");
    }
  }

  @Test
  @Tag("F159")
  void output_afterAReconnect_isKept_andManyLinesAreNoFlood() throws Exception {
    try (TestMuster strict = TestMuster.start(config -> config.withLimits(Limits.defaults()))) {
      TestMuster usual = muster;
      muster = strict;
      try {
        enroll();
        String id;
        try (AgentSocket first = identified()) {
          id = page.shell("make");
          first.next();
          page.awaitCommand(id, "running");
          for (int i = 0; i < 3_000; i++) {
            first.send("{\"type\":\"stream\",\"id\":\"%s\",\"line\":\"%d\"}".formatted(id, i));
          }
          Awaitility.await()
              .until(() -> page.command(id).path("output").asText().endsWith("\n2999\n"));
          first.cut();
        }
        try (AgentSocket second = identified()) {
          second.send(
              "{\"type\":\"result\",\"id\":\"%s\",\"status\":\"ok\",\"output\":\"end\"}"
                  .formatted(id));
          page.awaitCommand(id, "completed");
          assertThat(page.command(id).path("output").asText()).endsWith("\n2999\nend");
        }
      } finally {
        muster = usual;
      }
    }
  }

  @Test
  @Tag("F159")
  void newerConnection_replacesTheOlder_with1000() throws Exception {
    try (AgentSocket older = identified();
        AgentSocket newer = open().send(IDENTIFY)) {
      assertThat(older.awaitClose().code()).isEqualTo(1000);
      assertThat(newer.isOpen()).isTrue();
    }
  }

  @Test
  @Tag("F159")
  void agent_thatDoesNotIdentify_isClosedWith4002() throws Exception {
    try (AgentSocket socket = open().send("{\"type\":\"ping\"}")) {
      assertThat(socket.awaitClose().code()).isEqualTo(4002);
    }
    try (AgentSocket socket = open().send("not json")) {
      assertThat(socket.awaitClose().code()).isEqualTo(4002);
    }
  }

  @Test
  @Tag("F159")
  void key_thatIsBad_isRefused_andOneThatDiesClosesWith4001() throws Exception {
    assertThatThrownBy(() -> AgentSocket.open(url("agt_nonsense"), Map.of()))
        .isInstanceOf(WebSocketHandshakeException.class);
    assertThat(AgentSocket.statusOf(url("agt_nonsense"), Map.of())).isEqualTo(401);
    try (AgentSocket socket = identified()) {
      muster.admin().post("/api/devices/" + device.id() + "/block", Map.of()).expect(200);
      assertThat(socket.awaitClose().code()).isEqualTo(4001);
    }
    assertThat(AgentSocket.statusOf(url(device.token()), Map.of())).isEqualTo(403);
  }
}
