package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Devices that hold no connection and report now and then (F128, F130).
class AgentsReportTest {
  private static final Map<String, Object> PAGE =
      Map.of(
          "hostname",
          "web-01",
          "os",
          "Ubuntu 24.04",
          "cpu_percent",
          12.4,
          "mem_percent",
          45.0,
          "disk_percent",
          62.0,
          "uptime_s",
          86400);

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

  private TestReply report(Map<String, ?> body) {
    return report(device.id(), device.token(), body);
  }

  private static TestReply report(String id, String key, Map<String, ?> body) {
    return muster
        .anonymous()
        .send(
            "POST",
            "/api/agents/" + id + "/report",
            Optional.of(TestClient.json(body)),
            Map.of("X-Agent-Key", key));
  }

  private static Map<String, Object> with(String field, Object value) {
    Map<String, Object> body = new HashMap<>(PAGE);
    body.put(field, value);
    return body;
  }

  private static List<String> ids(TestReply reply) {
    return StreamSupport.stream(reply.expect(200).at("commands").spliterator(), false)
        .map(given -> given.path("id").asText())
        .toList();
  }

  private static Map<String, Object> result(String id, String output, int exitCode) {
    return Map.of("id", id, "status", "ok", "output", output, "exit_code", exitCode);
  }

  @Test
  @Tag("F128")
  void report_ofThePage_makesTheDeviceOnline_withItsMeasures() {
    long before = muster.clock().instant().getEpochSecond();
    TestReply reply = report(PAGE).expect(200);

    assertThat(reply.text("status")).isEqualTo("ok");
    assertThat(reply.at("interval").asInt()).isEqualTo(15);
    assertThat(reply.at("commands")).isEmpty();
    JsonNode agent = page.detail();
    assertThat(agent.path("status").asText()).isEqualTo("online");
    assertThat(agent.path("hostname").asText()).isEqualTo("web-01");
    assertThat(agent.path("os").asText()).isEqualTo("Ubuntu 24.04");
    assertThat(agent.path("ip").asText()).isEqualTo("127.0.0.1");
    JsonNode metrics = agent.path("metrics");
    assertThat(metrics.path("cpu_percent").asDouble()).isEqualTo(12.4);
    assertThat(metrics.path("mem_percent").asDouble()).isEqualTo(45.0);
    assertThat(metrics.path("disk_percent").asDouble()).isEqualTo(62.0);
    assertThat(metrics.path("uptime_s").asLong()).isEqualTo(86400);
    assertThat(metrics.path("timestamp").asLong())
        .isBetween(agent.path("last_seen").asLong() - 1, agent.path("last_seen").asLong())
        .isBetween(before, muster.clock().instant().getEpochSecond());
  }

  @Test
  @Tag("F128")
  void silence_makesItOffline_andTheNextReportOnlineAgain() {
    report(PAGE).expect(200);
    assertThat(page.detail().path("status").asText()).isEqualTo("online");

    Awaitility.await()
        .pollInterval(Duration.ofMillis(300)) // a longer jump would be the server's own pause
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          muster.clock().advance(Duration.ofSeconds(4));
          return page.detail().path("status").asText().equals("offline");
        });

    report(PAGE).expect(200);
    assertThat(page.detail().path("status").asText()).isEqualTo("online");
  }

  @Test
  @Tag("F128")
  void key_speaksForItsOwnAgentOnly() {
    FakeDevice other = muster.enroll("other");

    assertThat(report(other.id(), device.token(), PAGE).expect(403).text("error"))
        .isEqualTo("the credential is that of another device");

    JsonNode untouched = muster.admin().get("/api/agents/" + other.id()).expect(200).json();
    assertThat(untouched.path("last_seen").isNull()).isTrue();
    assertThat(untouched.path("metrics").isNull()).isTrue();
    report("dev_nosuchagent", device.token(), PAGE).expect(404);
  }

  @Test
  @Tag("F128")
  void key_thatIsMissingUnknownOrDead_isRefused() {
    muster.anonymous().post("/api/agents/" + device.id() + "/report", PAGE).expect(401);
    report(device.id(), "agt_nonsense", PAGE).expect(401);
    report(device.id(), muster.adminKey(), PAGE).expect(401);

    muster.admin().post("/api/devices/" + device.id() + "/block", Map.of()).expect(200);
    report(PAGE).expect(403);
    assertThat(page.detail().path("status").asText()).isEqualTo("offline");
  }

  @Test
  @Tag("F128")
  void key_alsoStandsInTheAuthorizationHeader() {
    device.http().post("/api/agents/" + device.id() + "/report", PAGE).expect(200);
  }

  @ParameterizedTest
  @Tag("F128")
  @CsvSource({
    "cpu_percent, 100.1, 0..100",
    "mem_percent, -1, 0..100",
    "disk_percent, 1000, 0..100",
    "uptime_s, -5, 0..9000000000000000000",
  })
  void measure_outOfBounds_isRefused_byName(String field, double value, String expected) {
    assertThat(report(with(field, value)).expect(400).text("error"))
        .startsWith(field + ": ")
        .contains(expected);
    assertThat(page.detail().path("metrics").isNull()).isTrue();
  }

  @ParameterizedTest
  @Tag("F128")
  @ValueSource(strings = {"{\"cpu_percent\":NaN}", "{\"cpu_percent\":\"12\"}", "[]", "{"})
  void body_thatIsNoReport_isRefused(String body) {
    muster
        .anonymous()
        .send(
            "POST",
            "/api/agents/" + device.id() + "/report",
            Optional.of(body),
            Map.of("X-Agent-Key", device.token(), "Content-Type", "application/json"))
        .expect(400);
  }

  @Test
  @Tag("F128")
  void unnamedMeasures_areKeptAsTheyAre_upTo64KiB() {
    report(with("temperatures", Map.of("cpu", 51.5))).expect(200);
    assertThat(page.detail().path("metrics").path("temperatures").path("cpu").asDouble())
        .isEqualTo(51.5);

    report(with("junk", "x".repeat(65 * 1024))).expect(413);
    assertThat(page.detail().path("metrics").path("temperatures").path("cpu").asDouble())
        .isEqualTo(51.5);

    report(PAGE).expect(200);
    assertThat(page.detail().path("metrics").has("temperatures")).isFalse();
  }

  @Test
  @Tag("F128")
  void newHostname_isRecorded() {
    report(PAGE).expect(200);
    report(with("hostname", "web-02")).expect(200);
    assertThat(page.detail().path("hostname").asText()).isEqualTo("web-02");
  }

  @Test
  @Tag("F128")
  void moreThanTenReportsAMinute_haveToWait() {
    try (TestMuster strict = TestMuster.start(config -> config.withLimits(Limits.defaults()));
        FakeDevice eager = strict.enroll("eager")) {
      String path = "/api/agents/" + eager.id() + "/report";
      strict.clock().hold();
      for (int i = 0; i < 10; i++) {
        eager.http().post(path, PAGE).expect(200);
      }
      TestReply refused = eager.http().post(path, PAGE).expect(429);
      assertThat(refused.header("retry-after")).isNotEmpty();
    }
  }

  @Test
  @Tag("F130")
  void command_isHandedOutOnce_toADeviceThatKeepsNoAccount() {
    String id = page.shell("df -h");

    TestReply reply = report(PAGE);
    assertThat(ids(reply)).containsExactly(id);
    JsonNode given = reply.at("commands").get(0);
    assertThat(given.path("type").asText()).isEqualTo("shell");
    assertThat(given.path("params").path("command").asText()).isEqualTo("df -h");
    assertThat(given.path("params").path("timeout").asInt()).isEqualTo(30);
    assertThat(page.command(id).path("status").asText()).isEqualTo("running");
    assertThat(ids(report(PAGE))).as("the next answer").isEmpty();

    report(with("results", List.of(result(id, "Filesystem …\n", 0)))).expect(200);
    JsonNode done = page.command(id);
    assertThat(done.path("status").asText()).isEqualTo("completed");
    assertThat(done.path("output").asText()).isEqualTo("Filesystem …\n");
    assertThat(done.path("exit_code").asInt()).isZero();
  }

  @Test
  @Tag("F130")
  void command_whoseAnswerGotLost_isGivenAgain_toADeviceThatSaysWhatItHas() {
    String id = page.shell("df -h");

    assertThat(ids(report(with("received", List.of())))).containsExactly(id);
    assertThat(page.command(id).path("status").asText()).isEqualTo("sent");
    assertThat(ids(report(with("received", List.of())))).as("again").containsExactly(id);
    assertThat(ids(report(with("received", List.of(id))))).isEmpty();
    assertThat(page.command(id).path("status").asText()).isEqualTo("running");

    Map<String, Object> end = with("received", List.of());
    end.put("results", List.of(result(id, "done\n", 3)));
    assertThat(ids(report(end))).isEmpty();
    assertThat(page.command(id).path("exit_code").asInt()).isEqualTo(3);
    assertThat(ids(report(end))).as("told twice").isEmpty();
    assertThat(page.command(id).path("output").asText()).isEqualTo("done\n");
  }

  @Test
  @Tag("F130")
  void command_thatTheDeviceHasForgotten_isLost_andNotStartedTwice() {
    String id = page.shell("reboot");
    report(with("received", List.of()));
    report(with("received", List.of(id)));

    assertThat(ids(report(with("received", List.of())))).isEmpty();
    assertThat(page.command(id).path("status").asText()).isEqualTo("lost");
  }

  @Test
  @Tag("F130")
  void result_ofAnothersCommand_isPassedOver() {
    String id = page.shell("df -h");
    report(PAGE);
    FakeDevice other = muster.enroll("other");

    report(other.id(), other.token(), with("results", List.of(result(id, "forged", 0))))
        .expect(200);

    assertThat(page.command(id).path("status").asText()).isEqualTo("running");
    assertThat(page.command(id).path("output").asText()).isEmpty();
  }

  @Test
  @Tag("F130")
  void output_withNul_isTaken() {
    String id = page.shell("find -print0");
    report(PAGE);
    report(with("results", List.of(result(id, "a\0b", 0)))).expect(200);
    assertThat(page.command(id).path("output").asText()).isEqualTo("a\ufffdb");
  }

  @Test
  @Tag("F128")
  void report_namesNoMoreThan64Commands() {
    List<Map<String, Object>> many = Collections.nCopies(65, result("exec_x", "", 0));
    assertThat(report(with("results", many)).expect(400).text("error")).startsWith("results: ");
    assertThat(
            report(with("received", Collections.nCopies(65, "exec_x"))).expect(400).text("error"))
        .startsWith("received: ");
  }

  @Test
  @Tag("F128")
  void connectedDevice_keepsWhatItSaidOfItself() {
    device.withTools("bash", "read_file").connect();
    report(with("capabilities", List.of("bash"))).expect(200);
    assertThat(page.detail().path("capabilities")).hasSize(2);
    device.close();
  }

  @Test
  @Tag("F130")
  void cancelledCommand_isNamedInTheNextAnswer() {
    String id = page.shell("sleep 100");
    report(PAGE);
    muster.admin().post("/v1/commands/" + id + "/cancel", Map.of()).expect(200);

    JsonNode cancel = report(PAGE).expect(200).at("cancel");

    assertThat(cancel).hasSize(1);
    assertThat(cancel.get(0).asText()).isEqualTo(id);
  }

  @Test
  @Tag("F159")
  void connectedDevice_hasItsWorkSentOverTheSocket_andReportsMeasuresOnly() {
    device.connect();
    String id = page.shell("df -h");
    FakeDevice.Delivery delivery = device.nextExecute();

    assertThat(ids(report(with("received", List.of())))).isEmpty();

    assertThat(delivery.executionId()).isEqualTo(id);
    assertThat(device.isOpen()).isTrue();
    assertThat(page.detail().path("metrics").path("cpu_percent").asDouble()).isEqualTo(12.4);
    device.close();
  }

  @Test
  @Tag("F128")
  void reports_areDurable_whenTheyAreAnswered() {
    report(with("temperatures", Map.of("cpu", 40))).expect(200);

    muster.restart();

    JsonNode metrics = page.detail().path("metrics");
    assertThat(metrics.path("cpu_percent").asDouble()).isEqualTo(12.4);
    assertThat(metrics.path("temperatures").path("cpu").asInt()).isEqualTo(40);
    List<String> names = new ArrayList<>();
    metrics.fieldNames().forEachRemaining(names::add);
    assertThat(names)
        .startsWith("cpu_percent", "mem_percent", "disk_percent", "uptime_s")
        .contains("timestamp");
  }
}
