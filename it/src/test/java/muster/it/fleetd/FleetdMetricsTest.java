package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Measures over time. How samples come to points is held against a plain list in the core's
/// `TelemetryTest`.
class FleetdMetricsTest {
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private static TestReply ask(TestClient client, Map<String, ?> request) {
    return Rpc.analytics(client, "GetMetrics", request);
  }

  private JsonNode metrics(Map<String, ?> request) {
    return ask(muster.admin(), request).expect(200).json();
  }

  private static Map<String, Object> with(Map<String, ?> request, String field, Object value) {
    Map<String, Object> changed = new HashMap<>(request);
    changed.put(field, value);
    return changed;
  }

  private static final Map<String, ?> CPU = Map.of("metric_names", List.of("cpu_usage"));

  /// Devices tell their measures, and they are stored.
  private void told(FakeDevice device, double cpu, double memory) {
    long before = count();
    device.health(cpu, memory);
    await().until(() -> count() == before + 1);
  }

  private long count() {
    return metrics(
            with(CPU, "start_time", muster.clock().instant().minus(Duration.ofDays(2)).toString()))
        .at("/summary/stats/cpu_usage/count")
        .asLong();
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: the page's example, a day by the hour, over an hour's end")
  void pagesExample_isADayByTheHour() {
    FakeDevice one = muster.enroll("one").connect();
    FakeDevice two = muster.enroll("two").connect();
    Instant begin = muster.clock().instant();
    told(one, 10, 50);
    told(two, 30, 70);
    muster.clock().advance(Duration.ofHours(2));
    told(one, 60, 50);
    JsonNode reply =
        metrics(
            Map.of(
                "start_time",
                begin.minus(Duration.ofHours(22)).toString(),
                "end_time",
                muster.clock().instant().plusSeconds(5).toString(),
                "metric_names",
                List.of("cpu_usage", "memory_usage", "device_online_count"),
                "aggregation",
                "AVG",
                "interval",
                "3600s"));
    assertThat(reply.at("/series").findValuesAsText("name"))
        .containsExactly("cpu_usage", "memory_usage", "device_online_count");
    JsonNode cpu = reply.at("/series/0/points");
    assertThat(cpu).as(reply.toPrettyString()).hasSize(2); // the hour between has none, and no 0
    assertThat(cpu.get(0).path("value").asDouble()).isEqualTo(20);
    assertThat(cpu.get(1).path("value").asDouble()).isEqualTo(60);
    Instant at = Instant.parse(cpu.get(0).path("timestamp").asText());
    assertThat(at.getEpochSecond() % 3600).isZero();
    assertThat(begin).isBetween(at, at.plusSeconds(3600));
    assertThat(reply.at("/series/0/unit").asText()).isEqualTo("percent");
    JsonNode stats = reply.at("/summary/stats/cpu_usage");
    assertThat(stats.path("min").asDouble()).isEqualTo(10);
    assertThat(stats.path("max").asDouble()).isEqualTo(60);
    assertThat(stats.path("last").asDouble()).isEqualTo(60);
    assertThat(stats.path("avg").asDouble()).isCloseTo(100.0 / 3, within(1e-9));
    assertThat(reply.at("/summary/deviceCount").asInt()).isEqualTo(2);
    assertThat(reply.at("/summary/stats/device_online_count/max").asDouble()).isBetween(1.0, 2.0);
    one.cut();
    two.cut();
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: labels are of devices, and a key's scope is one more")
  void labels_areOfDevices() {
    FakeDevice one = muster.enroll("one").connect();
    FakeDevice two = muster.enroll("two").connect();
    Map<String, ?> device = Map.of("tags", List.of("lab"), "metadata", Map.of("rack", "A \"1\""));
    Rpc.call(muster.admin(), "UpdateDevice", Map.of("device_id", one.id(), "device", device))
        .expect(200);
    told(one, 10, 1);
    told(two, 30, 1);
    for (Map<String, String> labels :
        List.of(Map.of("device_id", one.id()), Map.of("tag", "lab"), Map.of("rack", "A \"1\""))) {
      JsonNode reply = metrics(with(CPU, "labels", labels));
      assertThat(reply.at("/summary/stats/cpu_usage/avg").asDouble())
          .as("%s", labels)
          .isEqualTo(10);
      assertThat(reply.at("/series/0/labels")).hasSize(1);
    }
    assertThat(metrics(with(CPU, "labels", Map.of("tag", "none"))).at("/series")).isEmpty();
    TestClient fenced = muster.withKey(Map.of("name", "k", "role", "viewer", "scope", "name:two"));
    assertThat(ask(fenced, CPU).expect(200).at("/summary/stats/cpu_usage/avg").asDouble())
        .isEqualTo(30);
    assertThat(
            ask(fenced, Map.of("metric_names", List.of("device_online_count"))).expect(400).body())
        .contains("metric_names", "without a scope");
    one.cut();
    two.cut();
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: aggregations are named in any case")
  void aggregations_areNamedInAnyCase() {
    FakeDevice device = muster.enroll("one").connect();
    for (double cpu : List.of(10.0, 50.0, 60.0, 100.0)) {
      told(device, cpu, 1);
    }
    Map<String, Double> expected =
        Map.of(
            "AVG", 55.0, "sum", 220.0, "Min", 10.0, "MAX", 100.0, "COUNT", 4.0, "p50", 50.0, "P95",
            100.0, "P99", 100.0);
    expected.forEach((aggregation, value) ->
        assertThat(
                metrics(with(with(CPU, "aggregation", aggregation), "interval", "999999999s"))
                    .at("/series/0/points/0/value")
                    .asDouble())
            .as(aggregation)
            .isEqualTo(value));
    device.cut();
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: what is wrong is told by its field")
  void wrongRequests_areTold() {
    refused("metric_names", List.of("load"), "cpu_usage");
    refused("metric_names", List.of(), "cpu_usage");
    refused("aggregation", "MEDIAN", "P95");
    refused("interval", "0.5s", "at least 1 s");
    refused("interval", "-5s", "at least 1 s");
    refused("end_time", "2020-01-01T00:00:00Z", "after start_time");
    refused("start_time", "1960-01-01T00:00:00Z", "from 1970");
    refused("labels", Map.of("a b", "c"), "metadata");
  }

  private void refused(String field, Object value, String expected) {
    Map<String, Object> request = new HashMap<>(CPU);
    request.put("start_time", "2024-01-01T00:00:00Z");
    request.put("end_time", "2024-01-02T00:00:00Z");
    assertThat(ask(muster.admin(), with(request, field, value)).expect(400).body())
        .contains(field, expected);
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: at most 11,000 points; without an interval there are about a hundred")
  void tooManyPoints_areRefused() {
    Map<String, Object> day =
        Map.of(
            "metric_names",
            List.of("cpu_usage"),
            "start_time",
            "2024-01-01T00:00:00Z",
            "end_time",
            "2024-01-02T00:00:00Z");
    assertThat(ask(muster.admin(), with(day, "interval", "7s")).expect(400).body())
        .contains("interval", "11,000 points");
    ask(muster.admin(), with(day, "interval", "8s")).expect(200);
    ask(muster.admin(), day).expect(200);
  }

  @Test
  @Tag("F100")
  @DisplayName("F100: samples outlive a restart of the server")
  void samples_outliveARestart() {
    FakeDevice device = muster.enroll("one").connect();
    told(device, 42, 1);
    device.cut();
    muster.restart();
    assertThat(metrics(CPU).at("/summary/stats/cpu_usage/last").asDouble()).isEqualTo(42);
  }
}
