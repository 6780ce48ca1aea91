package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.RealAgent;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.Health;
import muster.wire.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Live metrics.
class MetricStreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private URI url(String device, String token) {
    return muster.url().resolve("/api/agents/%s/stream/metrics?token=%s".formatted(device, token));
  }

  private static JsonNode sample(Events events) {
    try {
      return JSON.readTree(events.line());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("F135")
  @DisplayName("F135: the real agent's measures come every 5 s while a viewer watches")
  void realAgent_tellsEveryFiveSeconds() {
    try (RealAgent agent = RealAgent.start(muster, directory)) {
      String token = muster.withRole("viewer").token();
      try (Events events = Events.open(url(agent.device(), token))) {
        assertThat(events.header("content-type")).startsWith("text/event-stream");
        JsonNode first = sample(events);
        assertThat(first.path("mem_percent").asDouble()).isBetween(0.0, 100.0);
        assertThat(first.path("uptime_s").asLong()).isPositive();
        assertThat(first.path("timestamp").asLong())
            .isEqualTo(muster.clock().instant().getEpochSecond());
        sample(events);
        long from = System.nanoTime();
        sample(events);
        sample(events);
        assertThat((System.nanoTime() - from) / 1e9).isBetween(8.0, 14.0);
      }
    }
  }

  @Test
  @Tag("F135")
  @DisplayName("F135: the device is paced to 5 s while somebody watches, and back afterwards")
  void pace_isFiveSecondsWhileWatched() {
    FakeDevice device = muster.enroll("web-1").connect();
    Health health =
        Health.fromJson(
            Json.parseObject(
                """
                {"cpu_percent":12.5,"memory_percent":45.2,"disk_percent":38.1,
                 "load_average":[0.45,0.38,0.32],"uptime_seconds":432000,"cpu_temp_celsius":51.0,
                 "memory_total_bytes":8589934592,
                 "network":{"bytes_sent":1048576,"bytes_recv":2097152}}
                """));
    try (Events one = Events.open(url(device.id(), muster.adminKey()));
        Events two = Events.open(url(device.id(), muster.adminKey()))) {
      assertThat(device.nextPace()).isEqualTo(5);
      device.health(health);
      assertThat(one.line())
          .matches(
              """
              \\{"cpu_percent":12.5,"mem_percent":45.2,"disk_percent":38.1,"uptime_s":432000,\
              "load_1m":0.45,"load_5m":0.38,"load_15m":0.32,"mem_total":8589934592,\
              "cpu_temp_c":51.0,"net_bytes_sent":1048576,"net_bytes_recv":2097152,\
              "timestamp":[0-9]{10}}\
              """);
      sample(two);
      device.cut();
      device.connect();
      assertThat(device.nextPace()).isEqualTo(5);
      device.health(50, 60);
      assertThat(sample(one).path("cpu_percent").asDouble()).isEqualTo(50);
      two.close();
      one.close();
      assertThat(device.nextPace()).isEqualTo(15);
    }
  }

  @Test
  @Tag("F135")
  @DisplayName("F135: a device that goes says so once, and the stream goes on when it is back")
  void offline_isToldOnce_andTheStreamGoesOn() {
    FakeDevice device = muster.enroll("web-1").connect();
    device.health(10, 20);
    await()
        .until(() ->
            muster
                .admin()
                .get("/api/agents/" + device.id() + "/stream/metrics?follow=false")
                .body()
                .contains("\"cpu_percent\":10.0"));
    try (Events events = Events.open(url(device.id(), muster.adminKey()))) {
      assertThat(sample(events).path("cpu_percent").asDouble()).isEqualTo(10);
      device.close();
      Events.Event away = events.next();
      assertThat(away.name()).isEqualTo("offline");
      assertThat(away.data()).matches("\\{\"last_seen\":\\d+}");
      device.connect();
      device.health(30, 40);
      assertThat(sample(events).path("cpu_percent").asDouble()).isEqualTo(30);
      muster.admin().post("/api/devices/" + device.id() + "/block", Map.of()).expect(200);
      assertThat(events.last())
          .isEqualTo(new Events.Event("", "error", "{\"error\":\"the device was blocked\"}"));
    }
  }

  @Test
  @Tag("F135")
  @DisplayName("F135: a key that is revoked ends its stream")
  void revokedKey_endsTheStream() {
    FakeDevice device = muster.enroll("web-1");
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "k", "role", "viewer")).expect(201);
    try (Events events = Events.open(url(device.id(), key.text("key")))) {
      assertThat(events.next().name()).isEqualTo("offline");
      muster.admin().delete("/api/auth/keys/" + key.text("id"));
      assertThat(events.last().name()).isEqualTo("error");
    }
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a stream opened with a JWT ends within a second of its session's end")
  void endedSession_endsTheStreamOfItsJwt() {
    FakeDevice device = muster.enroll("web-1");
    Map<String, String> anna =
        Map.of("username", "anna", "password", "a good password", "role", "viewer");
    muster.admin().post("/api/users", anna).expect(201);
    TestClient session =
        muster.client(muster.anonymous().post("/api/login", anna).expect(200).text("token"));
    String jwt = session.post("/v1/jwt", Map.of()).expect(201).text("token");
    try (Events events = Events.open(url(device.id(), jwt))) {
      assertThat(events.next().name()).isEqualTo("offline");
      long ended = System.nanoTime();
      session.post("/api/logout", Map.of()).expect(204);
      assertThat(events.last().name()).isEqualTo("error");
      assertThat((System.nanoTime() - ended) / 1e9).isLessThan(3);
    }
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a stream opened with a JWT ends with it")
  void jwtThatEnds_endsItsStream() {
    FakeDevice device = muster.enroll("web-1");
    String jwt =
        muster.admin().post("/v1/jwt", Map.of("ttl_seconds", 60)).expect(201).text("token");
    try (Events events = Events.open(url(device.id(), jwt))) {
      assertThat(events.next().name()).isEqualTo("offline");
      muster.clock().advance(Duration.ofSeconds(61));
      assertThat(events.last().name()).isEqualTo("error");
    }
  }
}
