package muster.it.agentbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `POST /api/devices` as Agentbot's page has it (F140, F143–F153).
class AgentbotTest {
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
  void pair() {
    device = muster.pair("iPhone 15 Pro — Atlas Mobile");
  }

  private TestReply act(String action) {
    return muster.admin().post("/api/devices", Map.of("deviceId", device.id(), "action", action));
  }

  private static boolean holds(JsonNode devices, String id) {
    return StreamSupport.stream(devices.spliterator(), false)
        .anyMatch(device -> device.path("id").asText().equals(id));
  }

  @Test
  @Tag("F140")
  @Tag("F143")
  @Tag("F144")
  void approve_answersTheDeviceAndBothLists() {
    TestReply reply = act("approve").expect(200);
    assertThat(reply.at("success").asBoolean()).isTrue();
    assertThat(reply.at("/device/status").asText()).isEqualTo("approved");
    assertThat(reply.at("/device/firstSeen").asText()).endsWith("Z");
    assertThat(holds(reply.at("pending"), device.id())).isFalse();
    assertThat(holds(reply.at("approved"), device.id())).isTrue();
  }

  @Test
  @Tag("F145")
  void deny_pendingDevice_isInNeitherList() {
    TestReply reply = act("deny").expect(200);
    assertThat(reply.at("/device/status").asText()).isEqualTo("denied");
    assertThat(holds(reply.at("pending"), device.id())).isFalse();
    assertThat(holds(reply.at("approved"), device.id())).isFalse();
  }

  @Test
  @Tag("F146")
  void revoke_approvedDevice_killsItsToken() {
    act("approve").expect(200);
    device.connect();
    assertThat(act("revoke").expect(200).at("/device/status").asText()).isEqualTo("revoked");
    assertThat(device.awaitClose().code()).isEqualTo(4403);
  }

  private static TestReply post(String body) {
    return muster.admin().send("POST", "/api/devices", Optional.of(body), Map.of());
  }

  @ParameterizedTest
  @Tag("F147")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}
          {"deviceId":"dev_1"}
          {"action":"approve"}
          {"deviceId":"","action":"approve"}
          {"deviceId":null,"action":null}
          """)
  void missingFields_haveTheirText(String body) {
    assertThat(post(body).expect(400).text("error"))
        .isEqualTo("Missing required fields: deviceId, action");
  }

  @ParameterizedTest
  @Tag("F148")
  @CsvSource({"Approve", "block", "delete"})
  void action_thatIsNone_hasItsText_beforeTheDeviceIsLookedUp(String action) {
    assertThat(
            post("{\"deviceId\":\"dev_none\",\"action\":\"%s\"}".formatted(action))
                .expect(400)
                .text("error"))
        .isEqualTo("Invalid action. Must be: approve, deny, or revoke");
  }

  @Test
  @Tag("F149")
  void approveAndDeny_whatIsNotPending_haveTheirText() {
    act("approve").expect(200);
    assertThat(act("approve").expect(400).text("error")).isEqualTo("Device is not pending");
    assertThat(act("deny").expect(400).text("error")).isEqualTo("Device is not pending");
  }

  @Test
  @Tag("F150")
  void revoke_byWhomItIsNotFor_is403_alsoOfWhatIsNotApproved() {
    Map<String, String> body = Map.of("deviceId", device.id(), "action", "revoke");
    TestReply refused = muster.withRole("viewer").post("/api/devices", body).expect(403);
    assertThat(refused.text("error")).contains("device:approve");
  }

  @Test
  @Tag("F150")
  void revoke_whatIsNotApproved_hasItsText() {
    assertThat(act("revoke").expect(400).text("error")).isEqualTo("Device is not approved");
    act("approve").expect(200);
    act("revoke").expect(200);
    assertThat(act("revoke").expect(400).text("error")).isEqualTo("Device is not approved");
  }

  @ParameterizedTest
  @Tag("F151")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {
          []
          "text"
          {"deviceId":7,"action":"approve"}
          {"deviceId":"dev_1","deviceId":"dev_2","action":"approve"}
          {"deviceId":"a\\u0000b","action":"approve"}
          {"deviceId":"\\ud800","action":"approve"}
          {"deviceId":[[[]]],"action":"approve"}
          """)
  void body_thatIsNone_hasItsText(String body) {
    assertThat(post(body).expect(400).text("error")).isEqualTo("Invalid request body");
  }

  @Test
  @Tag("F151")
  void body_ofAnotherType_hasItsText() {
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    TestReply reply =
        muster
            .admin()
            .sendBytes(
                "POST", "/api/devices", Optional.of(body), Map.of("Content-Type", "text/plain"));
    assertThat(reply.expect(400).text("error")).isEqualTo("Invalid request body");
  }

  @Test
  @Tag("F152")
  void device_thatIsNotThere_hasItsText() {
    assertThat(post("{\"deviceId\":\"dev_none\",\"action\":\"approve\"}").expect(404).text("error"))
        .isEqualTo("Device not found");
  }

  @Test
  @Tag("F153")
  void withoutCredential_is401() {
    assertThat(
            muster
                .anonymous()
                .post("/api/devices", Map.of("deviceId", device.id(), "action", "approve"))
                .expect(401)
                .text("error"))
        .isEqualTo("Unauthorized");
  }
}
