package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `StreamEvents` (F109), by Connect's streaming over HTTP/1.1.
@Timeout(60)
class FleetdEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// One stream, read frame by frame.
  private static final class Stream implements AutoCloseable {
    private final InputStream body;

    Stream(TestClient caller, Map<String, ?> request) throws Exception {
      this(muster, caller, request);
    }

    Stream(TestMuster server, TestClient caller, Map<String, ?> request) throws Exception {
      byte[] message = TestClient.json(request).getBytes(StandardCharsets.UTF_8);
      ByteBuffer envelope =
          ByteBuffer.allocate(5 + message.length).put((byte) 0).putInt(message.length).put(message);
      HttpResponse<InputStream> response =
          HTTP.send(
              HttpRequest.newBuilder(server.url().resolve(Rpc.path("StreamEvents")))
                  .header("Content-Type", "application/connect+json")
                  .header("Connect-Protocol-Version", "1")
                  .header("Authorization", "Bearer " + caller.token())
                  .POST(HttpRequest.BodyPublishers.ofByteArray(envelope.array()))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      body = response.body();
    }

    /// The next message, or the end of the stream with what it says.
    JsonNode next() throws Exception {
      return CompletableFuture.supplyAsync(this::read).get(30, TimeUnit.SECONDS);
    }

    private JsonNode read() {
      try {
        byte[] head = body.readNBytes(5);
        assertThat(head).hasSize(5);
        return JSON.readTree(body.readNBytes(ByteBuffer.wrap(head, 1, 4).getInt()));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    /// The next message about that device.
    JsonNode nextOf(String device) throws Exception {
      JsonNode event = next();
      while (!event.path("deviceId").asText().equals(device)) {
        assertThat(event.has("error")).as(event.toString()).isFalse();
        event = next();
      }
      return event;
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: what happens to devices comes as it happens, each kind by its word")
  void events_come() throws Exception {
    FakeDevice device = muster.enroll("seen");
    try (Stream stream = new Stream(muster.admin(), Map.of())) {
      device.connect();
      JsonNode online = stream.nextOf(device.id());
      assertThat(online.path("event").asText()).isEqualTo("status_change");
      assertThat(online.path("data").path("type").asText()).isEqualTo("device.online");
      assertThat(online.path("id").asLong()).isPositive();
      assertThat(online.path("timestamp").asText()).endsWith("Z");
      device.health(12.5, 50);
      JsonNode beat = stream.nextOf(device.id());
      assertThat(beat.path("event").asText()).isEqualTo("heartbeat");
      assertThat(beat.path("data").path("cpu_usage").asText()).isEqualTo("12.5");
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: a stream goes on behind the last event that was received")
  void events_goOn() throws Exception {
    FakeDevice device = muster.enroll("away");
    long last;
    try (Stream stream = new Stream(muster.admin(), Map.of())) {
      device.connect();
      last = stream.nextOf(device.id()).path("id").asLong();
    }
    for (String tag : List.of("one", "two")) {
      muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of(tag))).expect(200);
    }
    try (Stream stream = new Stream(muster.admin(), Map.of("after_id", last))) {
      JsonNode first = stream.nextOf(device.id());
      JsonNode second = stream.nextOf(device.id());
      assertThat(first.path("id").asLong()).isGreaterThan(last);
      assertThat(second.path("id").asLong()).isGreaterThan(first.path("id").asLong());
      device.health(1, 1);
      assertThat(stream.nextOf(device.id()).path("event").asText()).isEqualTo("heartbeat");
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: an event that nobody knows is answered with a gap, then all that comes")
  void events_gap() throws Exception {
    FakeDevice device = muster.enroll("later");
    try (Stream stream = new Stream(muster.admin(), Map.of("after_id", Long.MAX_VALUE))) {
      JsonNode gap = stream.next();
      assertThat(gap.path("event").asText()).isEqualTo("gap");
      assertThat(gap.path("id").asLong()).isPositive();
      device.connect();
      assertThat(stream.nextOf(device.id()).path("id").asLong())
          .isGreaterThan(gap.path("id").asLong());
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: only the kinds and devices that are asked for")
  void events_filtered() throws Exception {
    FakeDevice other = muster.enroll("other");
    FakeDevice wanted = muster.enroll("wanted");
    Map<String, ?> request =
        Map.of("device_filter", "name:wanted", "events", List.of("status_change"));
    try (Stream stream = new Stream(muster.admin(), request)) {
      other.connect();
      wanted.connect();
      wanted.health(1, 1);
      JsonNode first = stream.next();
      assertThat(first.path("deviceId").asText()).isEqualTo(wanted.id());
      muster.admin().delete("/v1/devices/" + other.id()).expect(204);
      muster
          .admin()
          .patch("/v1/devices/" + wanted.id(), Map.of("tags", List.of("changed")))
          .expect(200);
      JsonNode second = stream.next();
      assertThat(second.path("data").path("type").asText()).isEqualTo("device.updated");
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: a scope is a fence for events too")
  void events_fenced() throws Exception {
    FakeDevice outside = muster.enroll("outside");
    FakeDevice inside = muster.enroll("inside");
    muster.admin().patch("/v1/devices/" + inside.id(), Map.of("tags", List.of("mine"))).expect(200);
    TestClient fenced =
        muster.withKey(Map.of("name", "fenced", "role", "viewer", "scope", "tag:mine"));
    try (Stream stream = new Stream(fenced, Map.of())) {
      outside.connect();
      inside.connect();
      assertThat(stream.next().path("deviceId").asText()).isEqualTo(inside.id());
    }
  }

  @Test
  @Tag("F109")
  @DisplayName("F109: a key that is deleted hears no more within seconds")
  void events_revoked() throws Exception {
    TestClient viewer = muster.withRole("viewer");
    try (Stream stream = new Stream(viewer, Map.of())) {
      String id = "key_" + viewer.token().split("_")[1];
      muster.admin().delete("/api/auth/keys/" + id).expect(204);
      JsonNode end = stream.next();
      while (!end.has("error")) {
        end = stream.next();
      }
      assertThat(end.path("error").path("code").asText()).isEqualTo("unavailable");
    }
  }

  @Test
  @Tag("F081")
  @DisplayName("F081: a server that stops says so to who watches")
  void events_serverStops() throws Exception {
    try (TestMuster other = TestMuster.start();
        Stream stream = new Stream(other, other.admin(), Map.of())) {
      other.stop();
      JsonNode end = stream.next();
      assertThat(end.path("error").path("code").asText()).isEqualTo("unavailable");
      assertThat(end.path("error").path("message").asText()).isEqualTo("the server stops");
    }
  }

  @Test
  @Tag("F109")
  @Tag("F074")
  @DisplayName("F109: an unknown kind is refused with those there are")
  void events_unknownKind() throws Exception {
    try (Stream stream = new Stream(muster.admin(), Map.of("events", List.of("rain")))) {
      JsonNode end = stream.next();
      assertThat(end.path("error").path("code").asText()).isEqualTo("invalid_argument");
      assertThat(end.path("error").path("message").asText())
          .isEqualTo("events: \"rain\" (expected: status_change, heartbeat, deployment)");
    }
  }
}
