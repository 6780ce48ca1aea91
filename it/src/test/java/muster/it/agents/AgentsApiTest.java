package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import muster.it.page.Shape;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Agents as people see them and give them work (F125–F127, F129–F131, F138).
class AgentsApiTest {
  private static final String LIST =
      """
      [
        {
          "id": "agent_abc123",
          "label": "web-01",
          "hostname": "web-01.local",
          "ip": "192.168.1.10",
          "os": "Ubuntu 24.04",
          "version": "2.1.0",
          "status": "online",
          "last_seen": 1718000000,
          "tags": ["web", "production"]
        }
      ]
      """;

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

  @AfterEach
  void close() {
    device.close();
    muster.admin().delete("/v1/devices/" + device.id());
  }

  private TestReply submit(Map<String, ?> body) {
    return muster.admin().post(page.path("/commands"), body);
  }

  /// Connects, and says what a real agent says of itself.
  private void connect() {
    device.connect();
    muster
        .admin()
        .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("web", "production")))
        .expect(200);
    page.awaitPresence("online");
  }

  @Test
  @Tag("F126")
  void list_isABareArray_ofThePagesObjects() {
    connect();

    JsonNode list = muster.admin().get("/api/agents").expect(200).json();

    assertThat(list.isArray()).isTrue();
    JsonNode own =
        StreamSupport.stream(list.spliterator(), false)
            .filter(item -> item.path("id").asText().equals(device.id()))
            .findAny()
            .orElseThrow();
    assertThat(own.path("label").asText()).isEqualTo("web-01");
    assertThat(own.path("status").asText()).isEqualTo("online");
    assertThat(own.path("last_seen").isIntegralNumber()).isTrue();
    assertThat(own.path("tags")).hasSize(2);
    Shape.requireLike(
        LIST.replace("\"hostname\": \"web-01.local\"", "\"hostname\": " + own.path("hostname"))
            .replace("\"os\": \"Ubuntu 24.04\"", "\"os\": " + own.path("os"))
            .replace("\"version\": \"2.1.0\"", "\"version\": " + own.path("version")),
        JsonNodeFactory.instance.arrayNode().add(own));
  }

  @Test
  @Tag("F126")
  void list_showsApprovedDevicesOnly_andGoesByPagesWhenAsked() {
    FakeDevice pending = muster.pair("pending");
    try (FakeDevice second = muster.enroll("web-02")) {
      TestReply first = muster.admin().get("/api/agents?limit=1").expect(200);
      assertThat(first.json()).hasSize(1);
      TestReply next =
          muster
              .admin()
              .get("/api/agents?limit=1&cursor=" + first.header("x-next-cursor"))
              .expect(200);
      assertThat(List.of(first.at("/0/id").asText(), next.at("/0/id").asText()))
          .containsExactlyInAnyOrder(device.id(), second.id());
      assertThat(muster.admin().get("/api/agents").expect(200).body()).doesNotContain(pending.id());
      muster.admin().delete("/v1/devices/" + second.id()).expect(204);
    }
  }

  @Test
  @Tag("F127")
  void detail_hasTheLatestMeasures() {
    connect();
    device.health(12.34, 45.1);
    Awaitility.await().until(() -> page.detail().path("metrics").has("cpu_percent"));

    JsonNode agent = page.detail();

    assertThat(agent.path("metrics").path("cpu_percent").asDouble()).isEqualTo(12.3);
    assertThat(agent.path("metrics").path("mem_percent").asDouble()).isEqualTo(45.1);
    assertThat(agent.path("presence").asText()).isEqualTo("online");
    assertThat(agent.path("approval").asText()).isEqualTo("approved");
    assertThat(muster.admin().get("/api/agents/dev_nosuchagent").expect(404).json().fieldNames())
        .toIterable()
        .containsExactly("error", "request_id");
  }

  @Test
  @Tag("F125")
  void roles_viewerLooks_operatorWorks_adminDeletes() {
    TestClient viewer = muster.withRole("viewer");
    TestClient operator = muster.withRole("operator");
    Map<String, ?> body = Map.of("type", "shell", "params", Map.of("command", "id"));

    viewer.get("/api/agents").expect(200);
    viewer.get(page.path("")).expect(200);
    viewer.get(page.path("/commands")).expect(403);
    viewer.post(page.path("/commands"), body).expect(403);
    operator.post(page.path("/commands"), body).expect(200);
    operator.get(page.path("/commands")).expect(200);
    operator.delete(page.path("")).expect(403);
    muster.anonymous().get("/api/agents").expect(401);
  }

  @Test
  @Tag("F129")
  void command_ofThePage_isQueued_alsoWhenTheDeviceIsAway() {
    TestReply reply =
        submit(Map.of("type", "shell", "params", Map.of("command", "df -h", "timeout", 30)))
            .expect(200);

    Shape.requireLike("{\"command_id\": \"cmd_xyz789\", \"status\": \"queued\"}", reply.json());
    assertThat(reply.text("status")).isEqualTo("queued");
  }

  @ParameterizedTest
  @Tag("F129")
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'dance','params':{}} | type: \"dance\" (expected: one of ",
        "{'params':{}} | type: missing",
        "{'type':'shell','params':{}} | params: \"none of these\" (expected: command or argv)",
        "{'type':'shell','params':{'command':7}} | params.command: 7 (expected: text)",
        "{'type':'shell','params':{'command':'a','timeout':0}} | timeout: 0 (expected: 1..3600",
        "{'type':'shell','params':{'command':'a','timeout':'x'}} | params.timeout: \"x\"",
        "{'type':'read_file','params':{'path':'/a','mode':1}} | params.mode: \"unknown\"",
      })
  void command_thatIsWrong_isRefused_inThePagesWords(String body, String error) {
    TestReply refused =
        muster
            .admin()
            .send(
                "POST",
                page.path("/commands"),
                Optional.of(body.replace('\'', '"')),
                Map.of("Content-Type", "application/json"))
            .expect(400);

    assertThat(refused.text("error")).startsWith(error);
  }

  @Test
  @Tag("F129")
  void unknownType_isAnsweredWithTheListOfKnownOnes() {
    String error = submit(Map.of("type", "dance")).expect(400).text("error");

    assertThat(error).contains("one of ", "shell", "read_file", "service_control");
  }

  @Test
  @Tag("F129")
  void shellLine_mayHave4096Characters() {
    submit(Map.of("type", "shell", "params", Map.of("command", "x".repeat(4096)))).expect(200);
    assertThat(
            submit(Map.of("type", "shell", "params", Map.of("command", "x".repeat(4097))))
                .expect(400)
                .text("error"))
        .isEqualTo("params.command: \"4097 characters\" (expected: at most 4096)");
  }

  @Test
  @Tag("F130")
  void command_isDelivered_polled_andStreamed() throws Exception {
    connect();
    String id = page.shell("df -h");
    FakeDevice.Delivery delivery = device.nextExecute();
    assertThat(delivery.execute().args().string("command")).isEqualTo("df -h");
    assertThat(delivery.execute().timeoutSeconds()).isEqualTo(30);

    device.complete(delivery, "Filesystem\n");

    Awaitility.await()
        .until(() ->
            muster
                .admin()
                .get(page.path("/commands/" + id))
                .expect(200)
                .text("status")
                .equals("completed"));
    String stream = muster.admin().get(page.path("/stream/commands/" + id)).expect(200).body();
    assertThat(stream).contains("event: output", "Filesystem", "\"status\":\"completed\"");
    try (FakeDevice other = muster.enroll("other")) {
      muster.admin().get("/api/agents/" + other.id() + "/commands/" + id).expect(404);
    }
  }

  @Test
  @Tag("F131")
  void history_hasTheLast100_newestFirst_withStatusAndOutput() {
    connect();
    String first = page.shell("first");
    device.complete("first\n");
    Awaitility.await()
        .until(() ->
            muster.admin().get(page.path("/commands")).at("/0/output").asText().equals("first\n"));
    device.close();
    for (int i = 0; i < 100; i++) {
      page.shell("line " + i);
    }

    JsonNode history = muster.admin().get(page.path("/commands")).expect(200).json();

    assertThat(history.isArray()).isTrue();
    assertThat(history).hasSize(100);
    assertThat(history.at("/0/params/command").asText()).isEqualTo("line 99");
    assertThat(history.at("/0/params/timeout").asInt()).isEqualTo(30);
    assertThat(history.at("/0/status").asText()).isEqualTo("queued");
    assertThat(history.at("/99/params/command").asText()).isEqualTo("line 0");
    assertThat(history.findValuesAsText("command_id")).doesNotContain(first);
  }

  @Test
  @Tag("F138")
  void delete_takesAllHistoryAlong_andTheAuditLogStays() {
    connect();
    String id = page.shell("uptime");
    device.complete("up\n");
    Awaitility.await()
        .until(() ->
            muster
                .admin()
                .get("/v1/commands/" + id)
                .expect(200)
                .text("status")
                .equals("completed"));
    String waiting = page.shell("later");

    TestReply deleted = muster.admin().delete(page.path("")).expect(200);

    assertThat(deleted.text("status")).isEqualTo("deleted");
    assertThat(device.awaitClose().code()).isEqualTo(4403);
    muster.admin().get(page.path("")).expect(404);
    muster.admin().delete(page.path("")).expect(404);
    muster.admin().get("/v1/commands/" + id).expect(404);
    muster.admin().get("/v1/commands/" + waiting).expect(404);
    device.http().post(page.path("/report"), Map.of()).expect(401);
    assertThat(muster.admin().get("/v1/audit?target=" + device.id()).expect(200).body())
        .contains("command.execute", "device.delete");
  }
}
