package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// fleetd's verdicts on devices.
class FleetdHealthTest {
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
    return Rpc.analytics(client, "GetDeviceHealth", request);
  }

  private JsonNode health(Map<String, ?> request) {
    return ask(muster.admin(), request).expect(200).json();
  }

  private static List<String> checks(JsonNode reply, String id) {
    return reply.at("/deviceHealth/" + id + "/checks").findValuesAsText("name");
  }

  /// One that is online and has told its measures.
  private FakeDevice measured(String name, double cpu, double memory) {
    FakeDevice device = muster.enroll(name).connect();
    device.health(cpu, memory);
    await()
        .until(() ->
            !status(device, "RESOURCES").equals("UNKNOWN")
                || !check(device, "cpu_usage").path("status").asText().equals("UNKNOWN"));
    return device;
  }

  private String status(FakeDevice device, String type) {
    return health(Map.of("device_ids", List.of(device.id()), "check_type", type))
        .at("/deviceHealth/" + device.id() + "/status")
        .asText();
  }

  private JsonNode check(FakeDevice device, String name) {
    JsonNode all =
        health(Map.of("device_ids", List.of(device.id())))
            .at("/deviceHealth/" + device.id() + "/checks");
    for (JsonNode check : all) {
      if (check.path("name").asText().equals(name)) {
        return check;
      }
    }
    throw new AssertionError(name + " not in " + all);
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: the page's example judges the devices of a type, with all checks")
  void pagesExample_judgesAType() {
    String id =
        Rpc.call(
                muster.admin(),
                "RegisterDevice",
                Map.of("device_id", "rpi-001", "device_type", "raspberry-pi"))
            .expect(200)
            .text("deviceId");
    muster.enroll("another");
    JsonNode reply =
        health(Map.of("device_filter", "type:raspberry-pi", "check_type", "COMPREHENSIVE"));
    assertThat(reply.at("/deviceHealth").fieldNames()).toIterable().containsExactly(id);
    assertThat(checks(reply, id))
        .containsExactlyInAnyOrder(
            "presence", "condition", "connection", "cpu_usage", "memory_usage", "disk_usage");
    assertThat(reply.at("/deviceHealth/rpi-001/status").asText()).isEqualTo("CRITICAL");
    assertThat(reply.at("/summary/total").asInt()).isEqualTo(1);
    assertThat(reply.at("/summary/critical").asInt()).isEqualTo(1);
    assertThat(reply.at("/summary/averageScore").asDouble()).isZero();
    assertThat(reply.at("/summary/issues/0/type").asText()).isEqualTo("presence");
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: each kind of check looks at its part, and its thresholds hold")
  void kindsOfChecks_lookAtTheirParts() {
    FakeDevice busy = measured("busy", 99, 86);
    assertThat(status(busy, "BASIC")).isEqualTo("HEALTHY");
    assertThat(status(busy, "CONNECTIVITY")).isEqualTo("HEALTHY");
    assertThat(status(busy, "SERVICES")).isEqualTo("HEALTHY");
    assertThat(check(busy, "cpu_usage").path("status").asText()).isEqualTo("CRITICAL");
    assertThat(check(busy, "cpu_usage").path("threshold").asDouble()).isEqualTo(98);
    assertThat(check(busy, "memory_usage").path("status").asText()).isEqualTo("WARNING");
    JsonNode resources =
        health(Map.of("device_ids", List.of(busy.id()), "check_type", "RESOURCES"));
    assertThat(checks(resources, busy.id()))
        .containsExactly("cpu_usage", "memory_usage", "disk_usage");
    assertThat(resources.at("/summary/issues").findValuesAsText("type"))
        .containsExactly("cpu_usage", "memory_usage");
    busy.cut();
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: a device that connects again and again is not well connected")
  void unsteadyConnection_isAWarning() {
    FakeDevice device = muster.enroll("unsteady").connect();
    for (int i = 0; i < 3; i++) {
      device.cut();
      device.connect();
    }
    assertThat(status(device, "BASIC")).isEqualTo("HEALTHY");
    assertThat(status(device, "CONNECTIVITY")).isEqualTo("WARNING");
    assertThat(check(device, "connection").path("message").asText())
        .isEqualTo("connected 4 times within an hour (expected: under 4)");
    device.cut();
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: an id that nobody has is in the answer, as unknown")
  void unknownId_isUnknown() {
    JsonNode reply = health(Map.of("device_ids", List.of("none-such", "no id !")));
    assertThat(reply.at("/deviceHealth/none-such/status").asText()).isEqualTo("UNKNOWN");
    assertThat(reply.at("/deviceHealth/no id !/warnings/0").asText()).isEqualTo("no such device");
    assertThat(reply.at("/summary/unknown").asInt()).isEqualTo(2);
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: without ids and filter it is the fleet, inside the caller's scope")
  void neither_isTheFleet() {
    FakeDevice one = muster.enroll("one");
    FakeDevice two = muster.enroll("two");
    FakeDevice three = muster.enroll("three");
    assertThat(health(Map.of()).at("/deviceHealth").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(one.id(), two.id(), three.id());
    assertThat(
            health(Map.of("device_ids", List.of(one.id()), "device_filter", "name:two"))
                .at("/deviceHealth")
                .fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(one.id(), two.id());
    TestClient fenced = muster.withKey(Map.of("name", "k", "role", "viewer", "scope", "name:two"));
    JsonNode seen =
        ask(fenced, Map.of("device_ids", List.of(one.id()), "device_filter", "name:t*"))
            .expect(200)
            .json();
    assertThat(seen.at("/deviceHealth/" + one.id() + "/warnings/0").asText())
        .isEqualTo("no such device");
    assertThat(seen.at("/deviceHealth").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(one.id(), two.id());
  }

  @Test
  @Tag("F101")
  @DisplayName("F101: what is wrong with a request is said by its field")
  void badRequests_sayWhatIsWrong() {
    assertThat(ask(muster.admin(), Map.of("device_filter", "type:(")).expect(400).body())
        .contains("device_filter");
    assertThat(ask(muster.admin(), Map.of("check_type", 17)).expect(400).body())
        .contains("check_type", "COMPREHENSIVE");
    List<String> many = IntStream.range(0, 1_001).mapToObj(i -> "d" + i).toList();
    assertThat(ask(muster.admin(), Map.of("device_ids", many)).expect(400).body())
        .contains("device_ids", "at most 1000");
  }
}
