package muster.it.command;

import static muster.it.command.Scenario.TRUE;
import static muster.it.command.Scenario.connectNaming;
import static muster.it.command.Scenario.next;
import static muster.it.command.Scenario.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.ExecutionReply;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// The way of a command to its device, over the real wire.
class DeliveryTest {
  private static TestMuster muster;
  private static Scenario story;

  private FakeDevice device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    story = new Scenario(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll(TestInfo test) {
    device = muster.enroll(test.getDisplayName().replace("()", ""));
  }

  @AfterEach
  void close() {
    device.close();
  }

  @Test
  void submit_offlineDevice_waitsAndComesInOrder() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(story.submit(device));
    }
    assertThat(ids).allMatch(id -> story.status(id).equals("queued"));
    device.connect();
    for (String id : ids) {
      assertThat(device.complete("x").executionId()).isEqualTo(id);
    }
    for (String id : ids) {
      TestReply reply = story.awaitStatus(id, "completed");
      assertThat(reply.at("exit_code").asInt()).isZero();
      assertThat(reply.at("attempt").asInt()).isEqualTo(1);
      assertThat(reply.at("duration_ms").asLong()).isEqualTo(12);
      assertThat(reply.text("started_at")).isNotEmpty();
    }
  }

  @Test
  void submit_onlineDevice_comesAtOnceWithWhatWasAsked() {
    device.connect();
    String id = story.submit(device, 42, 77);
    FakeDevice.Delivery delivery = next(device, id);
    assertThat(delivery.execute().tool()).isEqualTo("bash");
    assertThat(delivery.execute().timeoutSeconds()).isEqualTo(42);
    assertThat(delivery.execute().notAfterSeconds()).isBetween(70L, 77L);
    assertThat(delivery.execute().attempt()).isEqualTo(1);
    assertThat(delivery.execute().args().asMap().get("argv")).isEqualTo(List.of("true"));
    assertThat(story.status(id)).isEqualTo("sent");
  }

  @Test
  void deliver_timeToLivePassed_isExpired() {
    String id = story.submit(device, 60, 60);
    muster.clock().advance(Duration.ofSeconds(61));
    TestReply reply = story.awaitStatus(id, "expired");
    assertThat(reply.text("error")).isEqualTo("the device did not come back in time");
    device.connect();
    story.requireNothingWaiting(device);
  }

  @Test
  void deliver_cancelledBefore_neverComes() {
    String id = story.submit(device);
    assertThat(story.cancel(id).expect(200).text("status")).isEqualTo("cancelled");
    assertThat(story.cancel(id).expect(200).text("status")).as("again").isEqualTo("cancelled");
    device.connect();
    story.requireNothingWaiting(device);
    assertThat(story.get(id).text("error")).isEqualTo("cancelled before it was sent");
  }

  @Test
  void deliver_requestersKeyDeleted_isCancelledWithTheReason() {
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "ci", "role", "operator")).expect(201);
    String id = post(muster.client(key.text("key")), device, TRUE).expect(201).text("id");
    muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);
    device.connect();
    story.requireNothingWaiting(device);
    TestReply reply = story.get(id);
    assertThat(reply.text("status")).isEqualTo("cancelled");
    assertThat(reply.text("error"))
        .isEqualTo("the requester's right was withdrawn before delivery");
  }

  @Test
  void deliver_requesterDemoted_isCancelledWithTheReason() {
    String id = submitAsUser("anna");
    muster.admin().patch("/api/users/anna", Map.of("role", "viewer")).expect(200);
    device.connect();
    story.requireNothingWaiting(device);
    assertThat(story.status(id)).isEqualTo("cancelled");
  }

  @Test
  void deliver_requesterLocked_isCancelled_andUnlockedIsNot() {
    String id = submitAsUser("bert");
    muster.admin().patch("/api/users/bert", Map.of("disabled", true)).expect(200);
    muster.admin().patch("/api/users/bert", Map.of("disabled", false)).expect(200);
    device.connect();
    device.complete("x");
    story.awaitStatus(id, "completed");
    device.close();
    String other = submitAsUser("carl");
    muster.admin().patch("/api/users/carl", Map.of("disabled", true)).expect(200);
    device.connect();
    story.requireNothingWaiting(device);
    assertThat(story.status(other)).isEqualTo("cancelled");
  }

  private String submitAsUser(String username) {
    Map<String, String> login =
        Map.of("username", username, "password", "correct horse " + username);
    muster
        .admin()
        .post(
            "/api/users",
            Map.of(
                "username", username, "password", "correct horse " + username, "role", "operator"))
        .expect(201);
    String session = muster.anonymous().post("/api/login", login).expect(200).text("token");
    return post(muster.client(session), device, TRUE).expect(201).text("id");
  }

  @Test
  void deliver_outsideOfTheScopeByNow_isCancelled() {
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of("lab"))).expect(200);
    TestClient scoped =
        muster.withKey(Map.of("name", "lab", "role", "operator", "scope", "tag:lab"));
    String id = post(scoped, device, TRUE).expect(201).text("id");
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of())).expect(200);
    post(scoped, device, TRUE).expect(404);
    device.connect();
    story.requireNothingWaiting(device);
    assertThat(story.status(id)).isEqualTo("cancelled");
  }

  @Test
  void delete_deviceWithWork_endsItAndCutsTheLink() {
    device.connect();
    String running = story.submit(device);
    story.run(device, running);
    final String sent = story.submit(device);
    device.nextExecute();
    muster.admin().delete("/v1/devices/" + device.id()).expect(204);
    assertThat(device.awaitClose().code()).isEqualTo(4403);
    for (String id : List.of(running, sent)) {
      TestReply reply = story.get(id);
      assertThat(reply.text("status")).isEqualTo("cancelled");
      assertThat(reply.text("error")).isEqualTo("the device was deleted");
    }
    post(muster.admin(), device, TRUE).expect(404);
  }

  @Test
  void result_toldTwice_isAcknowledgedTwiceAndCountsOnce() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    device.result(id, ToolStatus.COMPLETED, 3);
    String finished = story.awaitStatus(id, "completed").text("finished_at");
    device.result(id, ToolStatus.FAILED, 9);
    device.result("exec_never_heard_of", ToolStatus.COMPLETED, 0);
    assertThat(story.get(id).text("status")).isEqualTo("completed");
    assertThat(story.get(id).at("exit_code").asInt()).isEqualTo(3);
    assertThat(story.get(id).text("finished_at")).isEqualTo(finished);
  }

  @Test
  void result_eachWord_isAStatus() {
    device.connect();
    for (Map.Entry<ToolStatus, String> word :
        Map.of(
                ToolStatus.FAILED, "failed",
                ToolStatus.TIMED_OUT, "timed_out",
                ToolStatus.CANCELLED, "cancelled",
                ToolStatus.INTERRUPTED, "failed")
            .entrySet()) {
      String id = story.submit(device);
      story.run(device, id);
      device.result(id, word.getKey(), 1);
      assertThat(story.get(id).text("status")).isEqualTo(word.getValue());
    }
  }

  @Test
  void anything_aboutAnotherDevicesCommand_isIgnored() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    try (FakeDevice other = muster.enroll("other").connect()) {
      other.output(id, 1, "forged");
      other.result(id, ToolStatus.FAILED, 1);
      assertThat(story.status(id)).isEqualTo("running");
      other.close();
      Map<String, ExecutionReply> answers = connectNaming(other, id);
      assertThat(answers.get(id).forget()).isTrue();
    }
    assertThat(story.status(id)).isEqualTo("running");
    device.output(id, 1, "true");
    device.result(id, ToolStatus.COMPLETED, 0);
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.next().json().path("data").asText()).isEqualTo("true");
      assertThat(events.nextStatus()).isEqualTo("completed");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void link_cutBeforeTheConfirmation_isDeliveredAgain() {
    device.connect();
    String id = story.submit(device);
    assertThat(next(device, id).execute().attempt()).isEqualTo(1);
    device.cut();
    story.awaitGone(device, id);
    device.connect();
    FakeDevice.Delivery again = next(device, id);
    assertThat(again.execute().attempt()).isEqualTo(2);
    device.started(again);
    story.awaitStatus(id, "running");
    device.result(id, ToolStatus.COMPLETED, 0);
    assertThat(story.get(id).at("attempt").asInt()).isEqualTo(2);
  }

  /// The server has not noticed the end of the first connection when the second one comes.
  @Test
  void link_replacedBeforeTheConfirmation_isDeliveredAgain() {
    device.connect();
    String id = story.submit(device);
    next(device, id);
    FakeDevice sameMachine = device;
    sameMachine.connect();
    assertThat(next(sameMachine, id).execute().attempt()).isEqualTo(2);
    assertThat(sameMachine.pollExecute(Duration.ZERO)).isEmpty();
  }

  @Test
  void lease_notConfirmedIn30Seconds_isDeliveredAgain() {
    device.connect();
    String id = story.submit(device);
    FakeDevice.Delivery first = next(device, id);
    muster.clock().advance(Duration.ofSeconds(31));
    FakeDevice.Delivery second = next(device, id);
    assertThat(second.execute().attempt()).isEqualTo(2);
    // The agent answers both: it started one and knows the other.
    device.started(first);
    device.started(second);
    story.awaitStatus(id, "running");
    device.result(id, ToolStatus.COMPLETED, 0);
    story.requireNothingWaiting(device);
    assertThat(story.status(id)).isEqualTo("completed");
  }

  @Test
  void running_linkCutAndBackNamingIt_goesOn() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    device.output(id, 1, "one\n");
    device.output(id, 2, "two\n");
    device.output(id, 4, "four\n");
    story.cancel(story.submit(device)); // a round trip: the output before it has arrived
    await().untilAsserted(() -> assertThat(received(id)).isEqualTo(2));
    Map<String, ExecutionReply> answers = connectNaming(device, id);
    assertThat(answers.get(id).forget()).isFalse();
    assertThat(answers.get(id).receivedSeq()).isEqualTo(2);
    assertThat(story.status(id)).isEqualTo("running");
    device.output(id, 3, "three\n");
    device.output(id, 4, "four, again\n");
    device.result(id, ToolStatus.COMPLETED, 0);
    assertThat(story.get(id).at("attempt").asInt()).isEqualTo(1);
    assertThat(output(id)).isEqualTo("one\ntwo\nthree\nfour\n");
  }

  /// What hello would say now.
  private long received(String id) {
    device.cut();
    long seq = connectNaming(device, id).get(id).receivedSeq();
    device.cut();
    return seq;
  }

  private static String output(String id) {
    StringBuilder text = new StringBuilder();
    try (EventStream events = EventStream.follow(muster, id)) {
      for (EventStream.Event event = events.next();
          !event.kind().equals("end");
          event = events.next()) {
        if (event.kind().equals("output")) {
          text.append(event.json().path("data").asText());
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return text.toString();
  }

  @Test
  void running_linkCutAndBackWithoutIt_isLost() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    device.cut();
    device.connect();
    TestReply reply = story.get(id);
    assertThat(reply.text("status")).isEqualTo("lost");
    assertThat(reply.text("error")).isEqualTo("the device came back without knowing it");
    device.result(id, ToolStatus.COMPLETED, 0);
    assertThat(story.status(id)).as("final").isEqualTo("lost");
    device.cut();
    assertThat(connectNaming(device, id).get(id).forget()).isTrue();
  }

  @Test
  void hello_namesWhatNobodyKnows_isToldToForget() {
    Map<String, ExecutionReply> answers = connectNaming(device, "exec_unknown", "x");
    assertThat(answers).containsOnlyKeys("exec_unknown", "x");
    assertThat(answers.values()).allMatch(ExecutionReply::forget);
  }

  @Test
  void hello_namesWhatWasSentAndNotConfirmed_isRunning() {
    device.connect();
    String id = story.submit(device);
    next(device, id);
    device.cut();
    story.awaitGone(device, id);
    assertThat(connectNaming(device, id).get(id).receivedSeq()).isZero();
    assertThat(story.status(id)).isEqualTo("running");
    story.requireNothingWaiting(device);
  }

  @Test
  void refused_busy_isTriedAgain() {
    device.connect();
    String id = story.submit(device);
    device.refuse(next(device, id), -32004, "16 run already");
    FakeDevice.Delivery again = next(device, id);
    assertThat(again.execute().attempt()).isEqualTo(2);
    device.started(again);
    story.awaitStatus(id, "running");
  }

  @Test
  void refused_forGood_failsWithTheReason() {
    device.connect();
    for (Map.Entry<Integer, String> reason :
        Map.of(
                -32001, "the device has no such tool: no \\u001b[31m",
                -32002, "denied by the device's policy: no \\u001b[31m",
                -32003, "too late to start on the device: no \\u001b[31m",
                -32603, "refused by the device: no \\u001b[31m")
            .entrySet()) {
      String id = story.submit(device);
      device.refuse(next(device, id), reason.getKey(), "no \u001b[31m");
      assertThat(story.awaitStatus(id, "failed").text("error"))
          .isEqualTo(reason.getValue().replace("\\u001b", ""));
    }
  }

  @Test
  void running_silentPastItsDeadline_isLost() {
    device.connect();
    String id = story.submit(device, 30, 600);
    story.run(device, id);
    muster.clock().advance(Duration.ofSeconds(85));
    story.awaitStatus(story.submit(device), "sent");
    assertThat(story.status(id)).isEqualTo("running");
    muster.clock().advance(Duration.ofSeconds(6));
    assertThat(story.awaitStatus(id, "lost").text("error"))
        .isEqualTo("no result within 60 s after its timeout");
  }

  @Test
  void cancel_sent_tellsTheDevice_andEndsWhenItSays() {
    device.connect();
    String id = story.submit(device);
    FakeDevice.Delivery delivery = next(device, id);
    TestReply reply = story.cancel(id).expect(200);
    assertThat(reply.text("status")).isEqualTo("sent");
    assertThat(reply.at("cancel_requested").asBoolean()).isTrue();
    assertThat(device.nextCancel()).isEqualTo(id);
    device.started(delivery);
    assertThat(device.nextCancel()).as("the first may have come too early").isEqualTo(id);
    device.result(id, ToolStatus.CANCELLED, 143);
    assertThat(story.status(id)).isEqualTo("cancelled");
  }

  @Test
  void cancel_running_endsWhenTheDeviceSays() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    assertThat(story.cancel(id).expect(200).text("status")).isEqualTo("running");
    assertThat(device.nextCancel()).isEqualTo(id);
    device.result(id, ToolStatus.COMPLETED, 0);
    assertThat(story.status(id)).as("it was faster").isEqualTo("completed");
    assertThat(story.cancel(id).expect(409).text("error")).isEqualTo("conflict");
  }

  @Test
  void cancel_runningWhileTheDeviceIsAway_isToldWhenItIsBack() {
    device.connect();
    String id = story.submit(device);
    story.run(device, id);
    device.cut();
    story.cancel(id).expect(200);
    connectNaming(device, id);
    assertThat(device.nextCancel()).isEqualTo(id);
  }

  @Test
  void cancel_sentAndThenUnknownToTheDevice_isCancelled() {
    device.connect();
    String id = story.submit(device);
    next(device, id);
    device.cut();
    story.awaitGone(device, id);
    assertThat(story.cancel(id).expect(200).text("status")).isEqualTo("queued");
    device.connect();
    assertThat(story.status(id)).isEqualTo("cancelled");
    story.requireNothingWaiting(device);
  }

  @Test
  void cancel_unknown_is404() {
    story.cancel("exec_unknown").expect(404);
  }

  @Test
  void submit_sameIdempotencyKey_isTheSameCommand() {
    String path = "/v1/devices/" + device.id() + "/commands";
    Map<String, String> key = Map.of("Idempotency-Key", "deploy-7");
    Optional<String> body =
        Optional.of(
            """
            {"tool":"bash","args":{"command":"x","n":7,"big":9007199254740993,"r":1.0,"l":[1,2.5]}}
            """);
    TestClient admin = muster.admin();
    String id = admin.send("POST", path, body, key).expect(201).text("id");
    device.connect();
    story.run(device, id);
    assertThat(admin.send("POST", path, body, key).expect(201).text("id")).isEqualTo(id);
    Optional<String> other = Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"y\"}}");
    assertThat(admin.send("POST", path, other, key).expect(409).text("detail")).contains(id);
    assertThat(muster.withRole("operator").send("POST", path, body, key).expect(201).text("id"))
        .as("another requester's key")
        .isNotEqualTo(id);
  }

  @Test
  void submit_moreThanADeviceTakes_waitsForRoom() {
    device.connect();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(story.submit(device));
    }
    List<FakeDevice.Delivery> deliveries = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      deliveries.add(next(device, ids.get(i)));
    }
    deliveries.forEach(device::started);
    story.awaitStatus(ids.get(15), "running");
    assertThat(device.pollExecute(Duration.ZERO)).isEmpty();
    assertThat(story.status(ids.get(16))).isEqualTo("queued");
    device.result(ids.get(7), ToolStatus.COMPLETED, 0);
    next(device, ids.get(16));
    device.result(ids.get(3), ToolStatus.COMPLETED, 0);
    device.refuse(next(device, ids.get(17)), -32001, "no");
    next(device, ids.get(18));
    assertThat(device.pollExecute(Duration.ZERO)).isEmpty();
    assertThat(story.status(ids.get(19))).isEqualTo("queued");
  }

  @Test
  void submit_whatCanNotBeSent_is400AndStopsNothing() {
    device.connect();
    String path = "/v1/devices/" + device.id() + "/commands";
    String deep = "[".repeat(40) + "]".repeat(40);
    for (String args :
        List.of("{\"n\":100000000000000000000}", "{\"n\":1e999}", "{\"n\":" + deep + "}")) {
      muster.admin().post(path, "{\"tool\":\"odd\",\"args\":" + args + "}").expect(400);
    }
    muster
        .admin()
        .post(path, "{\"tool\":\"bash\",\"args\":{\"argv\":null,\"command\":\"x\",\"n\":null}}")
        .expect(201);
    assertThat(device.nextExecute().execute().args().asMap()).containsKey("n");
    story.requireNothingWaiting(device);
  }
}
