package muster.it.kvmfleet;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;

/// Short ways to bring devices into being and to look at them.
final class Fleet {
  private Fleet() {}

  /// A device of that name and those tags that has never been seen.
  static FakeDevice enroll(TestMuster muster, String name, String... tags) {
    String hardware = "hw-" + UUID.randomUUID();
    String token = token(muster, Map.of("suggested_name", name, "suggested_tags", List.of(tags)));
    return FakeDevice.of(muster, register(muster, token, hardware).expect(200), hardware);
  }

  /// An enrolment token made of that body.
  static String token(TestMuster muster, Map<String, ?> body) {
    return muster.admin().post("/v1/devices/enrollment", body).expect(200).text("token");
  }

  static TestReply register(TestMuster muster, String token, String hardwareId) {
    return register(muster, token, hardwareId, Map.of());
  }

  /// Registers with more fields than the two that are needed.
  static TestReply register(
      TestMuster muster, String token, String hardwareId, Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("enrollment_token", token);
    body.put("hardware_id", hardwareId);
    return muster.anonymous().post("/v1/agent/register", body);
  }

  /// Lets the server forget how many registrations came from here: 60 a minute are taken.
  static void afterTheRateLimit(TestMuster muster) {
    muster.clock().advance(Duration.ofSeconds(61));
  }

  static TestReply device(TestMuster muster, String id) {
    return muster.admin().get("/v1/devices/" + id).expect(200);
  }

  static String status(TestMuster muster, FakeDevice device) {
    return device(muster, device.id()).text("status");
  }

  static String presence(TestMuster muster, FakeDevice device) {
    return device(muster, device.id()).text("/presence/state");
  }

  /// Waits until the device's link is gone from the server, after its connection was cut.
  static void awaitLinkLost(TestMuster muster, FakeDevice device) {
    Awaitility.await()
        .until(() -> !device(muster, device.id()).text("/presence/reason").startsWith("connected"));
  }

  static List<String> names(TestReply list) {
    return texts(list, "name");
  }

  static List<String> ids(TestReply list) {
    return texts(list, "id");
  }

  private static List<String> texts(TestReply list, String field) {
    List<String> texts = new ArrayList<>();
    list.expect(200).at("/devices").forEach(device -> texts.add(device.path(field).asText()));
    return texts;
  }

  static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /// What the audit log has about that target, newest first, as `action outcome`.
  static List<String> audit(TestMuster muster, String target) {
    List<String> lines = new ArrayList<>();
    muster
        .admin()
        .get("/v1/audit?target=" + target)
        .expect(200)
        .at("/entries")
        .forEach(entry ->
            lines.add(entry.path("action").asText() + " " + entry.path("outcome").asText()));
    return lines;
  }
}
