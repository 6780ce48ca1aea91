package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import muster.it.page.AgentSocket;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The devices' socket as the page names it, spoken frame by frame (F064–F066).
class SnippbotSocketTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HELLO =
      """
      {"jsonrpc":"2.0","id":"one","method":"device.hello","params":{"protocol":1,
       "agent_version":"0.1.5","hostname":"build-server","platform":"linux",
       "architecture":"x86_64","os_version":"Ubuntu 22.04","capabilities":["bash"],
       "boot_id":"b1","executions":[]}}
      """;

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static AgentSocket open(FakeDevice device) throws Exception {
    URI url =
        URI.create("ws://127.0.0.1:%d/device/ws?token=%s".formatted(muster.port(), device.token()));
    return AgentSocket.open(url, Map.of());
  }

  private static JsonNode said(AgentSocket socket, String frame) throws IOException {
    return JSON.readTree(socket.send(frame).next());
  }

  @Test
  @Tag("F064")
  void token_inTheQuery_connectsAsThePageSays() throws Exception {
    FakeDevice device = muster.enroll("build-server");
    try (AgentSocket socket = open(device)) {
      JsonNode answer = said(socket, HELLO);
      assertThat(answer.path("id").asText()).as("ids are strings or numbers").isEqualTo("one");
      assertThat(answer.at("/result/device_id").asText()).isEqualTo(device.id());
      assertThat(answer.at("/result/status").asText()).isEqualTo("approved");
      assertThat(muster.admin().get("/api/devices/" + device.id()).at("online").asBoolean())
          .isTrue();
    }
    URI wrong = URI.create("ws://127.0.0.1:%d/device/ws?token=agt_0_1".formatted(muster.port()));
    assertThat(AgentSocket.statusOf(wrong, Map.of())).isEqualTo(401);
  }

  @Test
  @Tag("F065")
  void messages_areJsonRpc_andMistakesHaveItsCodes() throws Exception {
    try (AgentSocket socket = open(muster.enroll("speaker"))) {
      assertThat(said(socket, HELLO).has("result")).isTrue();
      assertThat(
              said(socket, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"device.sing\"}")
                  .at("/error/code")
                  .asInt())
          .isEqualTo(-32601);
      JsonNode batch = said(socket, "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"device.hello\"}]");
      assertThat(batch.at("/error/code").asInt()).isEqualTo(-32600);
    }
  }

  @Test
  @Tag("F066")
  void port_is18781_unlessToldOtherwise() {
    assertThat(Config.defaults().server().port()).isEqualTo(18781);
  }
}
