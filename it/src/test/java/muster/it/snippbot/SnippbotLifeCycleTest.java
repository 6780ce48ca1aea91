package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Approve, deny, block, unblock, revoke and delete (F035, F037–F039, F067).
class SnippbotLifeCycleTest {
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
    device = muster.pair("build-server");
  }

  @AfterEach
  void close() {
    device.close();
  }

  private TestReply step(String step) {
    return muster.admin().post("/api/devices/" + device.id() + "/" + step, Map.of());
  }

  private String status() {
    return muster.admin().get("/api/devices/" + device.id()).expect(200).text("status");
  }

  private String submit() {
    return muster
        .admin()
        .post(
            "/v1/devices/" + device.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("command", "true")))
        .expect(201)
        .text("id");
  }

  private String status(String command) {
    return muster.admin().get("/v1/commands/" + command).expect(200).text("status");
  }

  private void requireRefused(int status) {
    assertThatThrownBy(() -> device.open())
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(status));
  }

  @Test
  @Tag("F035")
  void approve_pendingDevice_mayConnectAndWork() {
    assertThat(status()).isEqualTo("pending");
    requireRefused(403);
    assertThat(step("approve").expect(200).text("status")).isEqualTo("approved");
    device.connect();
    assertThat(muster.admin().get("/api/devices/" + device.id()).at("online").asBoolean()).isTrue();
  }

  @Test
  @Tag("F035")
  void approve_whatIsNotPending_is409() {
    step("approve").expect(200);
    TestReply again = step("approve").expect(409);
    assertThat(again.text("error")).isEqualTo("conflict");
    assertThat(again.at("status").asInt()).isEqualTo(409);
    assertThat(again.text("message")).contains("is approved, not pending");
    step("deny").expect(409);
    step("block").expect(200);
    step("approve").expect(409);
  }

  @Test
  @Tag("F037")
  void block_liveDevice_isCutAndItsWorkEnds() {
    step("approve").expect(200);
    device.connect();
    String running = submit();
    device.started(device.nextExecute());
    device.close();
    String queued = submit();
    device.connect(List.of(FakeDevice.running(running)));
    assertThat(step("block").expect(200).text("status")).isEqualTo("blocked");
    assertThat(device.awaitClose().code()).isEqualTo(4403);
    assertThat(List.of(status(running), status(queued))).containsOnly("cancelled");
    assertThat(muster.admin().get("/v1/commands/" + queued).text("error"))
        .isEqualTo("the device was blocked");
    requireRefused(403);
    assertThat(status()).isEqualTo("blocked");
    assertThat(step("block").expect(200).text("status")).as("twice is once").isEqualTo("blocked");
  }

  @Test
  @Tag("F037")
  void block_worksFromEveryState() {
    assertThat(step("block").expect(200).text("status")).isEqualTo("blocked");
    step("unblock").expect(200);
    step("revoke-token").expect(200);
    assertThat(step("block").expect(200).text("status")).isEqualTo("blocked");
  }

  @Test
  @Tag("F067")
  void unblock_blockedDevice_comesBackWithItsOldToken() {
    step("approve").expect(200);
    step("unblock").expect(409);
    step("block").expect(200);
    assertThat(step("unblock").expect(200).text("status")).isEqualTo("approved");
    device.connect();
    assertThat(device.isOpen()).isTrue();
  }

  @Test
  @Tag("F038")
  void revokeToken_cutsTheDeviceAndKillsItsToken() {
    step("revoke-token").expect(409);
    step("approve").expect(200);
    device.connect();
    assertThat(step("revoke-token").expect(200).text("status")).isEqualTo("revoked");
    assertThat(device.awaitClose().code()).isEqualTo(4403);
    requireRefused(401);
    assertThat(step("revoke-token").expect(200).text("status")).isEqualTo("revoked");
  }

  @Test
  @Tag("F038")
  void revokeToken_ofABlockedDevice_leavesItBlockedForGood() {
    step("block").expect(200);
    assertThat(step("revoke-token").expect(200).text("status")).isEqualTo("blocked");
    step("unblock").expect(200);
    requireRefused(401);
  }

  @Test
  @Tag("F067")
  void deny_pendingDevice_isTurnedAwayAndNotListed() {
    assertThat(step("deny").expect(200).text("status")).isEqualTo("denied");
    requireRefused(401);
    assertThat(muster.admin().get("/api/devices?limit=500").body()).doesNotContain(device.id());
    assertThat(muster.admin().get("/api/devices?status=denied").body()).contains(device.id());
  }

  @Test
  @Tag("F039")
  void delete_isForGood() {
    step("approve").expect(200);
    device.connect();
    muster.admin().delete("/api/devices/" + device.id()).expect(204);
    assertThat(device.awaitClose().code()).isEqualTo(4403);
    muster.admin().get("/api/devices/" + device.id()).expect(404);
    muster.admin().delete("/api/devices/" + device.id()).expect(404);
  }

  @Test
  @Tag("F024")
  void everything_needsAnAdministrator_andACredential() {
    for (String step : List.of("approve", "deny", "block", "unblock", "revoke-token")) {
      String path = "/api/devices/" + device.id() + "/" + step;
      assertThat(muster.anonymous().post(path, Map.of()).expect(401).text("error"))
          .isEqualTo("unauthorized");
      assertThat(muster.withRole("operator").post(path, Map.of()).expect(403).text("error"))
          .isEqualTo("forbidden");
    }
    assertThat(status()).isEqualTo("pending");
  }
}
