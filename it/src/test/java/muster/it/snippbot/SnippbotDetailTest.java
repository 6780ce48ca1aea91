package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
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

/// One device: details, health, and what people may change (F029, F040, F045).
class SnippbotDetailTest {
  private static TestMuster muster;

  private FakeDevice device;

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
    device = muster.enroll("build-server");
  }

  @AfterEach
  void close() {
    device.close();
  }

  private TestReply get(String more) {
    return muster.admin().get("/api/devices/" + device.id() + more).expect(200);
  }

  @Test
  @Tag("F029")
  void detail_hasHealthAndTheLastTenExecutions() {
    for (int i = 0; i < 12; i++) {
      muster
          .admin()
          .post(
              "/api/devices/" + device.id() + "/execute",
              Map.of("tool", "bash", "args", Map.of("command", "true")))
          .expect(202);
    }
    TestReply detail = get("");
    assertThat(detail.text("name")).startsWith("build-server");
    assertThat(detail.at("executions")).hasSize(10);
    assertThat(detail.at("/health/stale").asBoolean()).isTrue();
    assertThat(detail.body()).doesNotContain("agt_");
    muster.admin().get("/api/devices/dev_none").expect(404);
  }

  @Test
  @Tag("F029")
  void detail_saysWhichGroupsItIsInAndWhenItWasDecidedOn() {
    assertThat(get("").text("approved_at")).isEqualTo(get("").text("paired_at"));
    assertThat(get("").at("blocked_at").isNull()).isTrue();
    String group =
        muster
            .admin()
            .post("/api/device-groups", Map.of("name", "Build " + device.id()))
            .expect(201)
            .text("id");
    muster
        .admin()
        .post("/api/device-groups/" + group + "/members/" + device.id(), Map.of())
        .expect(200);
    muster.clock().advance(Duration.ofMinutes(5));
    muster.admin().post("/api/devices/" + device.id() + "/block", Map.of()).expect(200);

    TestReply blocked = get("");
    assertThat(blocked.text("/groups/0/id")).isEqualTo(group);
    assertThat(blocked.text("/groups/0/name")).isEqualTo("Build " + device.id());
    assertThat(blocked.text("blocked_at")).isGreaterThan(blocked.text("approved_at"));

    muster.admin().post("/api/devices/" + device.id() + "/unblock", Map.of()).expect(200);
    assertThat(get("").at("blocked_at").isNull()).isTrue();
    assertThat(get("").text("approved_at")).isEqualTo(blocked.text("blocked_at"));
  }

  @Test
  @Tag("F040")
  void health_isTheLastSample_andStaleWhenTheDeviceIsAway() {
    TestReply never = get("/health");
    assertThat(never.at("cpu_percent").isNull()).isTrue();
    assertThat(never.at("timestamp").isNull()).isTrue();
    device.connect();
    device.health(12.5, 45.2);
    Awaitility.await().until(() -> !get("/health").at("timestamp").isNull());
    TestReply health = get("/health");
    List<String> keys = new ArrayList<>();
    health.json().fieldNames().forEachRemaining(keys::add);
    assertThat(keys)
        .containsExactly(
            "cpu_percent",
            "memory_percent",
            "disk_percent",
            "load_average",
            "uptime_seconds",
            "network",
            "timestamp",
            "stale");
    assertThat(health.at("cpu_percent").asDouble()).isEqualTo(12.5);
    assertThat(health.at("stale").asBoolean()).isFalse();
    device.close();
    Awaitility.await().until(() -> get("/health").at("stale").asBoolean());
    assertThat(get("/health").at("memory_percent").asDouble()).isEqualTo(45.2);
  }

  private TestReply patch(String body) {
    return muster.admin().patch("/api/devices/" + device.id(), body);
  }

  @Test
  @Tag("F045")
  void update_mergesMetadataByKey() {
    TestReply first =
        patch("{\"name\":\"web\",\"metadata\":{\"rack\":\"R3\",\"unit\":7,\"spare\":true}}")
            .expect(200);
    assertThat(first.text("name")).isEqualTo("web");
    assertThat(first.at("/metadata/unit").asText()).isEqualTo("7");
    TestReply second = patch("{\"metadata\":{\"rack\":null,\"unit\":\"8\"}}").expect(200);
    assertThat(second.at("metadata").toString()).isEqualTo("{\"spare\":\"true\",\"unit\":\"8\"}");
    assertThat(muster.admin().get("/v1/devices?filter=metadata.unit:8").body())
        .contains(device.id());
  }

  @ParameterizedTest
  @Tag("F045")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"status":"approved"}      | unknown field
          {"metadata":{"a b":"c"}}   | metadata
          {"metadata":{"a":[1]}}     | metadata.a
          {"metadata":"text"}        | metadata
          {"name":""}                | name
          """)
  void update_wrongField_is422NamingIt(String body, String field) {
    assertThat(patch(body).expect(422).text("message")).startsWith(field + ":");
  }
}
