package muster.it.command;

import static muster.it.command.Scenario.next;
import static muster.it.command.Scenario.post;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What the requester says about delivery: in which lane a command waits, and whether it may be run
/// again (docs/delivery.md).
class LanesTest {
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

  private String submit(Map<String, ?> terms) {
    Map<String, Object> body = new HashMap<>(Scenario.TRUE);
    body.putAll(terms);
    return post(muster.admin(), device, body).expect(201).text("id");
  }

  private List<String> submitBulk(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(submit(Map.of("lane", "bulk")));
    }
    return ids;
  }

  @Test
  void bulk_takesHalfTheRoom_andControlTheRest() {
    device.connect();
    List<String> bulk = submitBulk(20);
    for (String id : bulk.subList(0, 8)) {
      device.started(next(device, id));
    }
    story.awaitStatus(bulk.get(7), "running");
    assertThat(device.pollExecute(Duration.ZERO)).isEmpty();
    List<String> control = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      control.add(story.submit(device));
      device.started(next(device, control.get(i)));
    }
    story.awaitStatus(control.get(7), "running");
    assertThat(device.pollExecute(Duration.ZERO)).isEmpty();

    device.result(control.get(0), ToolStatus.COMPLETED, 0);
    String urgent = story.submit(device);
    next(device, urgent);
    device.result(bulk.get(3), ToolStatus.COMPLETED, 0);
    next(device, bulk.get(8));
  }

  @Test
  void control_goesBeforeBulk_whateverCameFirst() {
    List<String> bulk = submitBulk(3);
    String control = story.submit(device);
    assertThat(story.get(control).text("lane")).isEqualTo("control");
    assertThat(story.get(bulk.get(0)).text("lane")).isEqualTo("bulk");
    device.connect();
    next(device, control);
    bulk.forEach(id -> next(device, id));
  }

  @Test
  void lane_anyOtherWord_is400() {
    Map<String, Object> body = new HashMap<>(Scenario.TRUE);
    body.put("lane", "fast");
    assertThat(post(muster.admin(), device, body).expect(400).text("detail"))
        .isEqualTo("lane: \"fast\" (expected: control or bulk)");
    body.put("lane", "bulk");
    body.put("idempotent", "yes");
    assertThat(post(muster.admin(), device, body).expect(400).text("detail"))
        .startsWith("idempotent: ");
  }

  @Test
  void idempotent_interrupted_isRunAgainAndItsOutputGoesOn() throws IOException {
    device.connect();
    String id = submit(Map.of("idempotent", true));
    assertThat(story.run(device, id).execute().idempotent()).isTrue();
    device.output(id, 1, "first");
    device.result(id, ToolStatus.INTERRUPTED, 1);
    FakeDevice.Delivery again = next(device, id);
    assertThat(again.execute().attempt()).isEqualTo(2);
    device.started(again);
    device.output(id, 1, "second");
    device.result(id, ToolStatus.COMPLETED, 0);
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.next().json().path("data").asText()).isEqualTo("first");
      EventStream.Event second = events.next();
      assertThat(second.json().path("data").asText()).isEqualTo("second");
      assertThat(second.id()).isEqualTo("2");
      assertThat(events.nextStatus()).isEqualTo("completed");
    }
  }

  @Test
  void idempotent_deviceThatLostItsJournal_isGivenItAgain() {
    device.connect();
    String again = submit(Map.of("idempotent", true));
    story.run(device, again);
    String once = story.submit(device);
    story.run(device, once);
    device.close();
    Scenario.connectNaming(device);
    assertThat(next(device, again).execute().attempt()).isEqualTo(2);
    story.awaitStatus(once, "lost");
  }

  @Test
  void idempotent_interruptedEachTime_endsWithTheFifthDelivery() {
    device.connect();
    String id = submit(Map.of("idempotent", true));
    for (int attempt = 1; attempt <= 5; attempt++) {
      FakeDevice.Delivery delivery = next(device, id);
      assertThat(delivery.execute().attempt()).isEqualTo(attempt);
      device.started(delivery);
      device.result(id, ToolStatus.INTERRUPTED, 1);
    }
    assertThat(story.awaitStatus(id, "failed").text("error")).contains("interrupted");
  }

  @Test
  void idempotent_toBeCancelled_isNotRunAgain() {
    device.connect();
    String id = submit(Map.of("idempotent", true));
    story.run(device, id);
    story.cancel(id).expect(200);
    device.result(id, ToolStatus.INTERRUPTED, 1);
    story.awaitStatus(id, "failed");
    story.requireNothingWaiting(device);
  }
}
