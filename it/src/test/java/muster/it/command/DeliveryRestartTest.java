package muster.it.command;

import static muster.it.command.Scenario.connectNaming;
import static muster.it.command.Scenario.next;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.wire.KnownExecution;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A planned restart of the server in each state a command can be in. That nothing is lost when it
/// is killed instead is `CrashTest`'s.
class DeliveryRestartTest {
  private static TestMuster muster;
  private static Scenario story;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    story = new Scenario(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  void restart_inEveryState_goesOnWhereItWas() throws IOException {
    FakeDevice offline = muster.enroll("offline");
    final String queued = story.submit(offline);
    final String cancelled = story.submit(offline);
    story.cancel(cancelled).expect(200);

    FakeDevice quiet = muster.enroll("quiet").connect();
    final String sent = story.submit(quiet);
    next(quiet, sent);

    FakeDevice busy = muster.enroll("busy").connect();
    final String running = story.submit(busy);
    story.run(busy, running);
    busy.output(running, 1, "before\n");
    try (EventStream events = EventStream.follow(muster, running)) {
      assertThat(events.nextOutput()).isEqualTo(1);
    }

    FakeDevice forgetful = muster.enroll("forgetful").connect();
    final String forgotten = story.submit(forgetful);
    story.run(forgetful, forgotten);

    FakeDevice ready = muster.enroll("ready").connect();
    final String done = story.submit(ready);
    story.run(ready, done);

    FakeDevice stopping = muster.enroll("stopping").connect();
    final String unwanted = story.submit(stopping);
    story.run(stopping, unwanted);
    story.cancel(unwanted).expect(200);
    stopping.nextCancel();

    muster.restart();

    FakeDevice.Close close = busy.awaitClose();
    assertThat(close.code()).isEqualTo(1012);
    assertThat(close.reason()).isEqualTo("window=10");
    for (String id : List.of(running, forgotten, done, unwanted)) {
      assertThat(story.status(id)).isEqualTo("running");
    }
    assertThat(story.status(sent)).isIn("sent", "queued");
    assertThat(story.status(queued)).isEqualTo("queued");
    assertThat(muster.admin().get("/v1/devices/" + busy.id()).at("/presence/state").asText())
        .isEqualTo("unknown");

    offline.connect();
    offline.complete("x");
    assertThat(story.status(queued)).isEqualTo("completed");
    assertThat(story.status(cancelled)).isEqualTo("cancelled");

    quiet.connect();
    FakeDevice.Delivery again = next(quiet, sent);
    assertThat(again.execute().attempt()).isEqualTo(2);
    quiet.started(again);
    quiet.result(sent, ToolStatus.COMPLETED, 0);
    assertThat(story.status(sent)).isEqualTo("completed");

    assertThat(connectNaming(busy, running).get(running).receivedSeq()).isEqualTo(1);
    busy.output(running, 2, "after\n");
    busy.result(running, ToolStatus.COMPLETED, 0);
    assertThat(story.status(running)).isEqualTo("completed");

    forgetful.connect();
    assertThat(story.status(forgotten)).isEqualTo("lost");

    KnownExecution finished = FakeDevice.finished(done);
    ready.connect(List.of(finished));
    ready.result(done, ToolStatus.FAILED, 5);
    assertThat(story.get(done).text("status")).isEqualTo("failed");
    assertThat(story.get(done).at("exit_code").asInt()).isEqualTo(5);

    connectNaming(stopping, unwanted);
    assertThat(stopping.nextCancel()).isEqualTo(unwanted);
    stopping.result(unwanted, ToolStatus.CANCELLED, 143);
    assertThat(story.status(unwanted)).isEqualTo("cancelled");

    assertThat(muster.admin().get("/v1/audit/verify").expect(200).at("ok").asBoolean()).isTrue();
    List.of(offline, quiet, busy, forgetful, ready, stopping).forEach(FakeDevice::close);
  }

  @Test
  void down_whileTimePasses_endsWhatIsDueAtTheStart() {
    FakeDevice offline = muster.enroll("late");
    final String queued = story.submit(offline, 60, 60);
    FakeDevice busy = muster.enroll("gone").connect();
    final String running = story.submit(busy, 30, 600);
    story.run(busy, running);
    final String sent = story.submit(busy, 30, 60);
    next(busy, sent);

    muster.stop();
    muster.clock().advance(Duration.ofSeconds(100));
    muster.startAgain();

    assertThat(story.awaitStatus(queued, "expired").text("error"))
        .isEqualTo("the device did not come back in time");
    assertThat(story.awaitStatus(running, "lost").text("error"))
        .isEqualTo("no result within 60 s after its timeout");
    assertThat(story.awaitStatus(sent, "lost").text("error"))
        .isEqualTo("sent 1 times and never confirmed; it may have run");
    assertThat(connectNaming(busy, running).get(running).forget()).isTrue();
    story.requireNothingWaiting(busy);
    busy.close();
  }
}
