package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What happens to devices, as server-sent events.
@Timeout(120)
class EventsTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static void change(FakeDevice device, String tag) {
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of(tag))).expect(200);
  }

  @Test
  void events_comeAsTheyHappen_andGoOnBehindTheLast() throws Exception {
    FakeDevice device = muster.enroll("watched");
    String path = "/v1/events?filter=name:watched&events=status_change";
    long last;
    try (EventStream events = EventStream.at(muster, path, Optional.empty()).start()) {
      change(device, "one");
      EventStream.Event event = events.next();
      assertThat(event.kind()).isEqualTo("status_change");
      assertThat(event.json().path("device_id").asText()).isEqualTo(device.id());
      assertThat(event.json().path("data").path("type").asText()).isEqualTo("device.updated");
      last = Long.parseLong(event.id());
    }
    change(device, "two");
    try (EventStream events = EventStream.at(muster, path, Optional.of(last)).start()) {
      assertThat(Long.parseLong(events.next().id())).isGreaterThan(last);
    }
  }

  @Test
  void heartbeats_haveNoNumber() throws Exception {
    FakeDevice device = muster.enroll("beating").connect();
    try (EventStream events =
        EventStream.at(muster, "/v1/events?filter=name:beating&events=heartbeat", Optional.empty())
            .start()) {
      device.health(12.5, 50);
      EventStream.Event event = events.next();
      assertThat(event.id()).isEmpty();
      assertThat(event.json().path("data").path("cpu_usage").asText()).isEqualTo("12.5");
    }
    device.cut();
  }

  @Test
  void past_isToldWithoutFollowing_andWhatIsGoneIsAGap() throws Exception {
    FakeDevice device = muster.enroll("history");
    change(device, "one");
    String past =
        muster.admin().get("/v1/events?follow=false&filter=name:history").expect(200).body();
    assertThat(past).contains("device.registered", "device.updated").doesNotContain("event: gap");
    String gap =
        muster.admin().get("/v1/events?follow=false&after=" + Long.MAX_VALUE).expect(200).body();
    assertThat(gap).contains("event: gap").doesNotContain("event: status_change");
  }

  @Test
  void badRequests_sayWhatIsWrong() {
    assertThat(muster.admin().get("/v1/events?after=yesterday").expect(400).body())
        .contains("Last-Event-ID", "yesterday");
    assertThat(muster.admin().get("/v1/events?events=rain").expect(400).body())
        .contains("rain", "heartbeat");
    assertThat(muster.admin().get("/v1/events?follow=perhaps").expect(400).body())
        .contains("follow", "true or false");
    assertThat(muster.admin().get("/v1/events?filter=name:(").expect(400).body())
        .contains("filter");
  }
}
