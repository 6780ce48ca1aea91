package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Devices that speak fleetd's Heartbeat and nothing else (F093).
class FleetdHeartbeatTest {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static TestMuster muster;

  private String id = "";
  private TestClient device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void register() {
    id = "beat-" + NUMBER.incrementAndGet();
    device =
        muster.client(
            Rpc.call(muster.admin(), "RegisterDevice", Map.of("device_id", id))
                .expect(200)
                .text("apiKey"));
  }

  private TestReply beat(Map<String, ?> more) {
    Map<String, Object> message = new HashMap<>(more);
    message.put("device_id", id);
    return Rpc.call(device, "Heartbeat", message);
  }

  private TestReply shown() {
    return Rpc.call(
            muster.admin(),
            "GetDevice",
            Map.of("device_id", id, "include_metrics", true, "include_health", true))
        .expect(200);
  }

  private String command(List<String> argv) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + id + "/commands", Map.of("tool", "bash", "args", Map.of("argv", argv)))
        .expect(201)
        .text("id");
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: the page's heartbeat makes the device online, and its measures are shown")
  void heartbeat_pagesExample() {
    TestReply reply =
        beat(Map.of(
                "status",
                Map.of(
                    "state", "ONLINE", "uptime_seconds", 3600, "last_boot", "2024-01-01T12:00:00Z"),
                "stats",
                Map.of("cpu_percent", 25.5, "memory_used_mb", 1024, "disk_used_gb", 10.5),
                "processes",
                List.of(Map.of("pid", 7, "name", "nginx", "state", "RUNNING"))))
            .expect(200);
    assertThat(reply.at("acknowledged").asBoolean()).isTrue();
    assertThat(reply.at("intervalSeconds").asInt()).isPositive();
    assertThat(reply.json().has("pendingUpdate")).isFalse();

    TestReply shown = shown();
    assertThat(shown.text("/device/status")).isEqualTo("ONLINE");
    assertThat(shown.at("/device/online").asBoolean()).isTrue();
    assertThat(shown.at("/metrics/current/cpuPercent").asDouble()).isEqualTo(25.5);
    assertThat(shown.text("/metrics/current/memoryUsedMb")).isEqualTo("1024");
    assertThat(shown.at("/metrics/current/diskUsedGb").asDouble()).isEqualTo(10.5);
    assertThat(shown.text("/metrics/processes/0/name")).isEqualTo("nginx");
    assertThat(shown.text("/metrics/processes/0/state")).isEqualTo("RUNNING");
    JsonNode everywhere = muster.admin().get("/v1/devices/" + id).expect(200).json();
    assertThat(everywhere.path("status").asText()).isEqualTo("online");
    assertThat(everywhere.path("health").path("uptime_seconds").asInt()).isEqualTo(3600);
  }

  @ParameterizedTest
  @CsvSource({
    "cpu_percent, 101, stats.cpu_percent",
    "cpu_percent, -1, stats.cpu_percent",
    "memory_total_mb, -1, stats.memory_total_mb",
    "load_1m, -1, stats.load_1m"
  })
  @Tag("F093")
  @DisplayName("F093: a measure that can't be is named")
  void heartbeat_badMeasures(String field, double value, String named) {
    TestReply reply = beat(Map.of("stats", Map.of(field, value))).expect(400);
    assertThat(reply.text("message")).startsWith(named + ": ");
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: shares are reckoned from used and total")
  void heartbeat_shares() {
    beat(Map.of(
            "stats",
            Map.of(
                "memory_used_mb",
                900,
                "memory_total_mb",
                1000,
                "disk_used_gb",
                1,
                "disk_total_gb",
                4)))
        .expect(200);
    TestReply shown = shown();
    assertThat(shown.at("/metrics/current/memoryPercent").asDouble()).isEqualTo(90);
    assertThat(shown.at("/metrics/current/diskPercent").asDouble()).isEqualTo(25);
    assertThat(shown.text("/health/status")).isEqualTo("WARNING");
    assertThat(shown.at("/health/warnings").toString()).contains("memory_usage: 90.0 %");
  }

  @Test
  @Tag("F093")
  @DisplayName(
      "F093: a command is handed out once to a device without an account; its result counts")
  void command_once() {
    String command = command(List.of("echo", "hi"));
    JsonNode given = beat(Map.of()).expect(200).at("commands");
    assertThat(given).hasSize(1);
    assertThat(given.get(0).path("id").asText()).isEqualTo(command);
    assertThat(given.get(0).path("type").asText()).isEqualTo("bash");
    assertThat(given.get(0).path("args").path("argv").toString()).isEqualTo("[\"echo\",\"hi\"]");
    assertThat(beat(Map.of()).expect(200).at("commands")).isEmpty();

    Map<String, Object> result =
        Map.of(
            "device_id",
            id,
            "command_id",
            command,
            "outcome",
            "COMPLETED",
            "exit_code",
            3,
            "output",
            Base64.getEncoder().encodeToString("hi\n".getBytes(StandardCharsets.UTF_8)),
            "duration_ms",
            12);
    assertThat(
            Rpc.call(device, "ReportCommandResult", result)
                .expect(200)
                .at("acknowledged")
                .asBoolean())
        .isTrue();
    TestReply told = muster.admin().get("/v1/commands/" + command).expect(200);
    assertThat(told.text("status")).isEqualTo("completed");
    assertThat(told.at("exit_code").asInt()).isEqualTo(3);
    Rpc.call(device, "ReportCommandResult", result).expect(200); // again: nothing new
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: a device with an account is handed again what got lost on the way")
  void command_again() {
    String command = command(List.of("true"));
    Map<String, Object> nothing = Map.of("keeps_account", true);
    assertThat(beat(nothing).expect(200).at("commands")).hasSize(1);
    assertThat(beat(nothing).expect(200).at("commands")).hasSize(1);
    Map<String, Object> received =
        Map.of("keeps_account", true, "received_commands", List.of(command));
    assertThat(beat(received).expect(200).at("commands")).isEmpty();
    assertThat(muster.admin().get("/v1/commands/" + command).text("status")).isEqualTo("running");
    muster.admin().post("/v1/commands/" + command + "/cancel", Map.of()).expect(200);
    assertThat(beat(received).expect(200).at("cancelCommands").toString())
        .isEqualTo("[\"" + command + "\"]");
  }

  @Test
  @Tag("F093")
  @Tag("F077")
  @DisplayName("F093: a device speaks for itself only")
  void heartbeat_ofAnother() {
    String own = id;
    String command = command(List.of("true"));
    beat(Map.of()).expect(200);
    register();
    TestReply reply = Rpc.call(device, "Heartbeat", Map.of("device_id", own)).expect(403);
    assertThat(reply.text("code")).isEqualTo("PERMISSION_DENIED");
    Rpc.call(device, "ReportCommandResult", Map.of("device_id", own, "command_id", command))
        .expect(403);
    Rpc.call(device, "ReportCommandResult", Map.of("device_id", id, "command_id", command))
        .expect(404);
    Rpc.call(muster.admin(), "Heartbeat", Map.of("device_id", own)).expect(401);
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: OFFLINE from the device itself is its goodbye")
  void heartbeat_goodbye() {
    beat(Map.of()).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("ONLINE");
    beat(Map.of("status", Map.of("state", "OFFLINE"))).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("OFFLINE");
    beat(Map.of()).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("ONLINE");
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: what it goes through is shown, but maintenance is people's word")
  void heartbeat_condition() {
    beat(Map.of("status", Map.of("state", "UPDATING"))).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("UPDATING");
    beat(Map.of("status", Map.of("state", "ONLINE"))).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("ONLINE");
    Rpc.call(
            muster.admin(),
            "UpdateDevice",
            Map.of("device_id", id, "device", Map.of("status", "MAINTENANCE")))
        .expect(200);
    beat(Map.of("status", Map.of("state", "ERROR"))).expect(200);
    assertThat(shown().text("/device/status")).isEqualTo("MAINTENANCE");
  }

  @Test
  @Tag("F093")
  @DisplayName("F093: a device that is blocked is refused")
  void heartbeat_blocked() {
    beat(Map.of()).expect(200);
    muster.admin().post("/api/devices/" + id + "/block", Map.of()).expect(200);
    Awaitility.await().untilAsserted(() -> assertThat(beat(Map.of()).status()).isIn(401, 403));
  }
}
