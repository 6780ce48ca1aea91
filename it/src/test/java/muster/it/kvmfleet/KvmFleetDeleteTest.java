package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.FakeDevice.Close;
import muster.testkit.FakeDevice.Delivery;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `DELETE /v1/devices/{id}` and what it leaves (F019, F020).
class KvmFleetDeleteTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void refill() {
    Fleet.afterTheRateLimit(muster);
  }

  private static TestReply delete(FakeDevice device) {
    return muster.admin().delete("/v1/devices/" + device.id());
  }

  private static String submit(FakeDevice device) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + device.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
        .expect(201)
        .text("id");
  }

  private static TestReply command(String id) {
    return muster.admin().get("/v1/commands/" + id).expect(200);
  }

  @Test
  @Tag("F019")
  void delete_device_is204WithoutBodyAndThen404() {
    FakeDevice device = muster.enroll("gone-1");
    TestReply first = delete(device).expect(204);
    assertThat(first.body()).isEmpty();
    delete(device).expect(404);
    muster.admin().get("/v1/devices/" + device.id()).expect(404);
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("name", "x")).expect(404);
    assertThat(Fleet.ids(muster.admin().get("/v1/devices"))).doesNotContain(device.id());
    assertThat(Fleet.audit(muster, device.id()))
        .containsExactly("device.delete ok", "device.register ok");
  }

  @Test
  @Tag("F019")
  void delete_connectedDevice_closesItsSocketWith4403WithinASecond() {
    FakeDevice device = muster.enroll("gone-2").connect();
    long before = System.nanoTime();
    delete(device).expect(204);
    Close close = device.awaitClose();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SOON);
    assertThat(close.code()).isEqualTo(4403);
    assertThat(close.reason()).isEqualTo("deleted");
  }

  @Test
  @Tag("F019")
  void delete_deviceOnTheKvmSocket_closesItWith4403WithinASecond() throws Exception {
    FakeDevice device = muster.enroll("gone-3");
    AgentSocket socket = AgentSocket.open(muster.url(), device.token());
    Awaitility.await().until(() -> Fleet.status(muster, device).equals("online"));
    long before = System.nanoTime();
    delete(device).expect(204);
    assertThat(socket.awaitClose().code()).isEqualTo(4403);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SOON);
  }

  @Test
  @Tag("F019")
  @Tag("F016")
  void delete_credential_isDeadOnEveryPath() {
    String hardware = "hw-gone-4";
    String enrollment = Fleet.token(muster, Map.of("suggested_name", "gone-4"));
    TestReply registered = Fleet.register(muster, enrollment, hardware).expect(200);
    String token = registered.text("auth_token");
    muster.admin().delete("/v1/devices/" + registered.text("device_id")).expect(204);
    Map<String, String> bearer = Map.of("Authorization", "Bearer " + token);
    String authority = muster.url().getAuthority();
    for (String path : List.of("/v1/agent/ws", "/device/ws")) {
      assertThat(AgentSocket.statusOf(URI.create("ws://" + authority + path), bearer))
          .as(path)
          .isEqualTo(401);
      assertThat(
              AgentSocket.statusOf(
                  URI.create("ws://" + authority + path + "?token=" + token), Map.of()))
          .as(path + " in the query")
          .isEqualTo(401);
    }
    muster.client(token).get("/v1/devices").expect(401);
    Fleet.register(muster, enrollment, hardware).expect(409);
  }

  @Test
  @Tag("F019")
  void delete_runningAndWaitingCommands_areCancelledAndStayOnRecord() {
    FakeDevice device = muster.enroll("gone-5").connect();
    String running = submit(device);
    Delivery delivery = device.nextExecute();
    device.started(delivery);
    Awaitility.await().until(() -> command(running).text("status").equals("running"));
    String sent = submit(device);
    device.nextExecute(); // and never confirmed
    delete(device).expect(204);
    for (String id : List.of(running, sent)) {
      assertThat(command(id).text("status")).isEqualTo("cancelled");
      assertThat(command(id).text("error")).isEqualTo("the device was deleted");
      assertThat(command(id).text("device_id")).isEqualTo(device.id());
    }
    assertThat(command(running).at("finished_at").isNull()).isFalse();
  }

  @Test
  @Tag("F019")
  void delete_offlineDevice_cancelsItsQueue() {
    FakeDevice device = muster.enroll("gone-6");
    String queued = submit(device);
    assertThat(command(queued).text("status")).isEqualTo("queued");
    delete(device).expect(204);
    assertThat(command(queued).text("status")).isEqualTo("cancelled");
    assertThat(command(queued).text("error")).isEqualTo("the device was deleted");
  }

  @Test
  @Tag("F019")
  @Tag("F022")
  void delete_andEnrolAgain_givesANewIdAndNoneOfTheOldWork() {
    FakeDevice device = muster.enroll("gone-7");
    submit(device);
    delete(device).expect(204);
    FakeDevice again = FakeDevice.enroll(muster, "gone-7", device.hardwareId());
    assertThat(again.id()).isNotEqualTo(device.id());
    assertThat(Fleet.device(muster, again.id()).text("name")).isEqualTo("gone-7");
    try (FakeDevice connected = again.connect()) {
      assertThat(connected.pollExecute(Duration.ofMillis(300))).isEmpty();
    }
  }

  /// However the two interleave, no connection outlives its device.
  @RepeatedTest(100)
  @Tag("F019")
  void delete_whileTheDeviceConnects_leavesNoConnection(RepetitionInfo repetition)
      throws Exception {
    FakeDevice device = muster.enroll("race");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<AgentSocket> connecting =
          threads.submit(() -> AgentSocket.open(muster.url(), device.token()));
      Future<TestReply> deleting =
          threads.submit(() -> {
            LockSupport.parkNanos(repetition.getCurrentRepetition() % 20 * 250_000L);
            return delete(device);
          });
      assertThat(deleting.get().status()).isEqualTo(204);
      try {
        assertThat(connecting.get().awaitClose().code()).isEqualTo(4403);
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(WebSocketHandshakeException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"viewer", "operator"})
  @Tag("F020")
  void delete_byLesserRole_is403AndDeletesNothing(String role) {
    FakeDevice device = muster.enroll("stays");
    TestReply reply = muster.withRole(role).delete("/v1/devices/" + device.id()).expect(403);
    assertThat(reply.text("error")).isEqualTo("forbidden");
    Fleet.device(muster, device.id());
    // The right is asked before the device: no oracle for ids.
    muster.withRole(role).delete("/v1/devices/dev_abc123").expect(403);
  }

  @Test
  @Tag("F020")
  void delete_byDevice_is403() {
    FakeDevice device = muster.enroll("stays");
    TestReply reply =
        muster.client(device.token()).delete("/v1/devices/" + device.id()).expect(403);
    assertThat(reply.text("error")).isEqualTo("forbidden");
    Fleet.device(muster, device.id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "owner"})
  @Tag("F020")
  void delete_byAdminOrOwner_is204(String role) {
    FakeDevice device = muster.enroll("goes");
    muster.withRole(role).delete("/v1/devices/" + device.id()).expect(204);
  }
}
