package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import muster.it.page.Shape;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.Health;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The page's own examples: its bodies as they stand there are sent, and the answers have the keys,
/// the order and the kinds of values of its answers.
class SnippbotPageTest {
  private static final String LIST =
      """
      { "devices": [ { "id": "device_abc123", "name": "build-server", "platform": "Linux",
      "architecture": "x86_64", "os_version": "Ubuntu 22.04", "agent_version": "0.1.5",
      "status": "approved", "online": true, "last_seen_at": "2026-03-02T14:00:00Z",
      "capabilities": ["bash", "filesystem", "system_info"],
      "paired_at": "2026-01-15T00:00:00Z" } ], "total": 4}
      """;

  private static final String PAIR =
      """
      { "code": "847291", "expires_at": "2026-03-02T14:05:00Z", "qr_url": "/api/devices/pair/qr"}
      """;

  private static final String HEALTH =
      """
      { "cpu_percent": 12.5, "memory_percent": 45.2, "disk_percent": 38.1,
      "load_average": [0.45, 0.38, 0.32], "uptime_seconds": 432000,
      "network": { "bytes_sent": 1048576, "bytes_recv": 2097152 },
      "timestamp": "2026-03-02T14:00:00Z"}
      """;

  private static final String EXECUTE =
      """
      { "tool": "bash", "args": {"command": "uptime && df -h"}, "timeout": 60}\
      """;

  private static final String EXECUTED =
      """
      { "execution_id": "exec_abc123", "device_id": "device_abc123", "tool": "bash",
      "status": "completed", "output": "14:32:01 up 5 days...\\nFilesystem...", "error": null,
      "duration_ms": 234}
      """;

  private static final String GROUP =
      """
      { "name": "Office Machines"}\
      """;

  private static final String GROUP_EXECUTE =
      """
      { "tool": "bash", "args": {"command": "apt-get update -qq"}, "timeout": 300}\
      """;

  private static TestMuster muster;
  private static FakeDevice device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    device = muster.enroll("build-server").withTools("bash", "filesystem", "system_info").connect();
  }

  @AfterAll
  static void stop() {
    device.close();
    muster.close();
  }

  private static TestReply post(String path, String body) {
    return muster.admin().send("POST", path, Optional.of(body), Map.of());
  }

  private static CompletableFuture<TestReply> execute(String path, String body) {
    return CompletableFuture.supplyAsync(
        () -> post(path, body), task -> Thread.ofVirtual().start(task));
  }

  @Test
  @Tag("F023")
  @Tag("F025")
  @Tag("F028")
  void page_listDevices() {
    JsonNode list = muster.admin().get("/api/devices?limit=100").expect(200).json();
    Shape.requireLike(LIST, list);
    assertThat(list.at("/devices/0/capabilities"))
        .extracting(JsonNode::asText)
        .containsExactly("bash", "filesystem", "system_info");
  }

  @Test
  @Tag("F030")
  void page_pairingCode() {
    JsonNode code =
        muster
            .admin()
            .send("POST", "/api/devices/pair", Optional.empty(), Map.of())
            .expect(200)
            .json();
    Shape.requireLike(PAIR, code);
    assertThat(code.path("qr_url").asText()).isEqualTo("/api/devices/pair/qr");
  }

  @Test
  @Tag("F040")
  void page_health() {
    device.health(
        new Health(
            OptionalDouble.of(12.5),
            OptionalDouble.of(45.2),
            OptionalDouble.of(38.1),
            List.of(0.45, 0.38, 0.32),
            OptionalLong.of(432_000),
            OptionalDouble.empty(),
            OptionalLong.empty(),
            Optional.of(new Health.Network(1_048_576, 2_097_152))));
    String path = "/api/devices/" + device.id() + "/health";
    Awaitility.await().until(() -> !muster.admin().get(path).at("cpu_percent").isNull());
    Shape.requireLike(HEALTH, muster.admin().get(path).expect(200).json());
  }

  @Test
  @Tag("F041")
  void page_execute() {
    CompletableFuture<TestReply> waiting =
        execute("/api/devices/" + device.id() + "/execute", EXECUTE);
    device.complete("14:32:01 up 5 days...\nFilesystem...");
    JsonNode executed = waiting.join().expect(200).json();
    Shape.requireLike(EXECUTED, executed);
    assertThat(executed.path("output").asText()).isEqualTo("14:32:01 up 5 days...\nFilesystem...");
  }

  @Test
  @Tag("F058")
  @Tag("F063")
  void page_groupAndItsExecution() {
    String group = post("/api/device-groups", GROUP).expect(201).text("id");
    post("/api/device-groups/" + group + "/members/" + device.id(), "{}").expect(200);
    CompletableFuture<TestReply> waiting =
        execute("/api/device-groups/" + group + "/execute", GROUP_EXECUTE);
    device.complete("");
    assertThat(waiting.join().expect(200).at("succeeded").asInt()).isEqualTo(1);
  }
}
