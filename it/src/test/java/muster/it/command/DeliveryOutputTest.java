package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.wire.Channel;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.ToolOutput;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What comes out of a command, and who follows it.
class DeliveryOutputTest {
  private static TestMuster muster;
  private static Scenario story;

  private FakeDevice device;
  private String id;

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
  void run(TestInfo test) {
    device = muster.enroll(test.getDisplayName().replace("()", "")).connect();
    id = story.submit(device);
    story.run(device, id);
  }

  @AfterEach
  void close() {
    device.close();
  }

  private void send(ToolOutput output) {
    device.send(new Rpc.Notification(Methods.OUTPUT, output.toJson()).format());
  }

  @Test
  void follow_fromTheStart_replaysThenIsLive_andEndsAfterTheEnd() throws IOException {
    device.output(id, 1, "one");
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.nextStatus()).isEqualTo("running");
      assertThat(events.nextOutput()).isEqualTo(1);
      send(ToolOutput.bytes(id, 1, 2, Channel.STDERR, new byte[] {(byte) 0xff, 0}));
      EventStream.Event binary = events.next();
      assertThat(binary.id()).isEqualTo("2");
      assertThat(binary.json().path("stream").asText()).isEqualTo("stderr");
      assertThat(Base64.getDecoder().decode(binary.json().path("data_b64").asText()))
          .containsExactly((byte) 0xff, (byte) 0);
      send(ToolOutput.gap(id, 1, 3, Channel.STDOUT, 1L << 33));
      assertThat(events.next().json().path("gap_bytes").asLong()).isEqualTo(1L << 33);
      device.result(id, ToolStatus.COMPLETED, 7);
      EventStream.Event end = events.next();
      assertThat(end.kind()).isEqualTo("status");
      assertThat(end.json().path("status").asText()).isEqualTo("completed");
      assertThat(end.json().path("exit_code").asInt()).isEqualTo(7);
      assertThat(events.next().kind()).isEqualTo("end");
    }
  }

  @Test
  void follow_beforeItIsSent_tellsEachStatus() throws IOException {
    device.close();
    String queued = story.submit(device);
    try (EventStream events = EventStream.follow(muster, queued)) {
      assertThat(events.nextStatus()).isEqualTo("queued");
      device.connect();
      FakeDevice.Delivery delivery = Scenario.next(device, queued);
      assertThat(events.nextStatus()).isEqualTo("sent");
      device.started(delivery);
      assertThat(events.nextStatus()).isEqualTo("running");
      device.result(queued, ToolStatus.FAILED, 1);
      assertThat(events.nextStatus()).isEqualTo("failed");
      assertThat(events.next().kind()).isEqualTo("end");
    }
  }

  @Test
  void follow_withLastEventId_goesOnBehindIt() throws IOException {
    LongStream.rangeClosed(1, 5).forEach(seq -> device.output(id, seq, "chunk " + seq));
    try (EventStream events = EventStream.open(muster, id, Optional.of(3L)).start()) {
      assertThat(events.nextOutput()).isEqualTo(4);
      assertThat(events.nextOutput()).isEqualTo(5);
      device.output(id, 6, "chunk 6");
      assertThat(events.nextOutput()).isEqualTo(6);
    }
    device.result(id, ToolStatus.COMPLETED, 0);
    try (EventStream events = EventStream.open(muster, id, Optional.of(6L)).start()) {
      assertThat(events.nextStatus()).isEqualTo("completed");
      assertThat(events.next().kind()).isEqualTo("end");
    }
    try (EventStream events = EventStream.open(muster, id, Optional.of(1L << 40)).start()) {
      assertThat(events.nextStatus()).isEqualTo("completed");
    }
  }

  @Test
  void follow_manyAtOnce_seeTheSame() throws IOException {
    try (EventStream one = EventStream.follow(muster, id);
        EventStream two = EventStream.follow(muster, id);
        EventStream three = EventStream.follow(muster, id)) {
      for (long seq = 1; seq <= 200; seq++) {
        device.output(id, seq, "line " + seq + "\n");
      }
      device.result(id, ToolStatus.COMPLETED, 0);
      for (EventStream events : List.of(one, two, three)) {
        for (long seq = 1; seq <= 200; seq++) {
          assertThat(events.nextOutput()).isEqualTo(seq);
        }
        assertThat(events.nextStatus()).isEqualTo("completed");
        assertThat(events.next().kind()).isEqualTo("end");
      }
    }
  }

  /// The reader takes nothing off the wire until the command has ended: that holds up neither the
  /// device nor another reader, and nothing is missing for the slow one.
  @Test
  void follow_slowReader_holdsUpNobodyAndMissesNothing() throws IOException {
    int chunks = 400;
    String full = "x".repeat(ToolOutput.MAX_BYTES);
    try (EventStream slow = EventStream.open(muster, id, Optional.empty());
        EventStream quick = EventStream.follow(muster, id)) {
      for (long seq = 1; seq <= chunks; seq++) {
        device.output(id, seq, full);
      }
      device.result(id, ToolStatus.COMPLETED, 0);
      for (EventStream events : List.of(quick, slow.start())) {
        for (long seq = 1; seq <= chunks; seq++) {
          assertThat(events.nextOutput()).isEqualTo(seq);
        }
        assertThat(events.nextStatus()).isEqualTo("completed");
      }
    }
  }

  @Test
  void follow_clientGoesAway_isForgotten() throws IOException {
    EventStream.follow(muster, id).close();
    device.output(id, 1, "into the void");
    device.output(id, 2, "and again");
    device.result(id, ToolStatus.COMPLETED, 0);
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.nextOutput()).isEqualTo(1);
    }
  }

  @Test
  void output_twiceOrOutOfOrder_isToldOnceAndInOrder() throws IOException {
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.nextStatus()).isEqualTo("running");
      device.output(id, 3, "three");
      device.output(id, 1, "one");
      device.output(id, 1, "one, forged");
      EventStream.Event first = events.next();
      assertThat(first.id()).isEqualTo("1");
      assertThat(first.json().path("data").asText()).isEqualTo("one");
      device.output(id, 2, "two");
      assertThat(events.nextOutput()).isEqualTo(2);
      assertThat(events.nextOutput()).isEqualTo(3);
      device.output(id, 2, "two, forged");
      device.output(id, 5, "five");
      device.result(id, ToolStatus.COMPLETED, 0);
      assertThat(events.nextOutput()).as("four never came").isEqualTo(5);
      assertThat(events.nextStatus()).isEqualTo("completed");
    }
  }

  @Test
  void output_outOfBounds_isDroppedAndTheLinkStays() throws IOException {
    String frame =
        """
        {"jsonrpc":"2.0","method":"tool.output","params":
        {"execution_id":"%s","attempt":1,"seq":%s,"stream":"%s","data":"%s"}}
        """;
    String tooBig = "x".repeat(ToolOutput.MAX_BYTES + 1);
    device.send(frame.formatted(id, "1", "stdout", tooBig));
    device.send(frame.formatted(id, "1", "stdout", "ä".repeat(ToolOutput.MAX_BYTES)));
    device.send(frame.formatted(id, "0", "stdout", "x"));
    device.send(frame.formatted(id, "-1", "stdout", "x"));
    device.send(frame.formatted(id, Long.toString(1L << 20), "stdout", "x"));
    device.send(frame.formatted(id, Long.toString(Long.MAX_VALUE), "stdout", "x"));
    device.send(frame.formatted(id, "1", "stdin", "x"));
    device.send(frame.formatted(id, "\"1\"", "stdout", "x"));
    device.output(id, 1, "good");
    device.result(id, ToolStatus.COMPLETED, 0);
    assertThat(device.isOpen()).isTrue();
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.next().json().path("data").asText()).isEqualTo("good");
      assertThat(events.nextStatus()).isEqualTo("completed");
    }
  }

  @Test
  void output_afterTheEnd_isDropped() throws IOException {
    device.output(id, 1, "before");
    device.result(id, ToolStatus.COMPLETED, 0);
    device.output(id, 2, "after");
    device.result(id, ToolStatus.COMPLETED, 0);
    try (EventStream events = EventStream.follow(muster, id)) {
      assertThat(events.nextOutput()).isEqualTo(1);
      assertThat(events.nextStatus()).isEqualTo("completed");
      assertThat(events.next().kind()).isEqualTo("end");
    }
  }

  @Test
  void output_ofWhatWasNeverSent_isDropped() throws IOException {
    device.close();
    String queued = story.submit(device);
    try (FakeDevice same = device.connect()) {
      final FakeDevice.Delivery delivery = Scenario.next(same, queued);
      same.refuse(delivery, -32001, "no");
      story.awaitStatus(queued, "failed");
      same.output(queued, 1, "too late");
    }
    try (EventStream events = EventStream.follow(muster, queued)) {
      assertThat(events.nextStatus()).isEqualTo("failed");
      assertThat(events.next().kind()).isEqualTo("end");
    }
  }

  @Test
  void follow_unknown_is404() {
    muster.admin().get("/v1/commands/exec_unknown/output").expect(404);
    muster.withRole("viewer").get("/v1/commands/" + id + "/output").expect(403);
  }

  @Test
  void greetings_brokenOff_leaveNoSessionBehind() throws Exception {
    device.close();
    for (int i = 0; i < 60; i++) {
      device.open();
      device.send(
          """
          {"jsonrpc":"2.0","id":1,"method":"device.hello","params":{"protocol":1,
          "agent_version":"1","hostname":"x","platform":"linux","architecture":"x86_64",
          "os_version":"y","boot_id":"%s","capabilities":["bash"],"executions":[]}}
          """
              .formatted(device.id()));
      device.cut();
    }
    await()
        .untilAsserted(() ->
            assertThat(
                    muster
                        .admin()
                        .get("/v1/devices/" + device.id())
                        .at("/presence/reason")
                        .asText())
                .doesNotStartWith("connected"));
    assertThat(connected()).isZero();
  }

  private static long connected() {
    return muster
        .admin()
        .get("/metrics")
        .expect(200)
        .body()
        .lines()
        .filter(line -> line.startsWith("muster_devices_connected "))
        .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
        .findFirst()
        .orElseThrow();
  }
}
