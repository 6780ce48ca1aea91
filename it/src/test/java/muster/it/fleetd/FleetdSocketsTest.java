package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Map;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.FakeDevice.Close;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// fleetd's WebSockets: what happens to devices, and what they measure.
@Timeout(120)
class FleetdSocketsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static URI url(TestMuster server, String path) {
    return URI.create("ws://" + server.url().getAuthority() + path);
  }

  private static URI url(String path) {
    return url(muster, path);
  }

  private static Map<String, String> as(TestClient caller) {
    return Map.of("Authorization", "Bearer " + caller.token());
  }

  private static AgentSocket open(String path) throws WebSocketHandshakeException {
    return AgentSocket.open(url(path), as(muster.admin()));
  }

  private static JsonNode next(AgentSocket socket) {
    try {
      return JSON.readTree(socket.next());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode ask(AgentSocket socket, Map<String, ?> message) {
    socket.send(TestClient.json(message));
    return next(socket);
  }

  private static AgentSocket subscribed(String path, Map<String, ?> message)
      throws WebSocketHandshakeException {
    AgentSocket socket = open(path);
    assertThat(ask(socket, message).path("type").asText()).isEqualTo("subscribed");
    return socket;
  }

  /// A change that is an event of that device.
  private static void change(FakeDevice device, String tag) {
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of(tag))).expect(200);
  }

  /// Of that type; returns its key.
  private static String register(String id, String type) {
    return Rpc.call(muster.admin(), "RegisterDevice", Map.of("device_id", id, "device_type", type))
        .expect(200)
        .text("apiKey");
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: the page's example hears of the devices of a type, each kind by its word")
  void pagesExample_hearsOfAType() throws Exception {
    try (AgentSocket socket = open("/ws/devices")) {
      socket.send(
          """
          {"type":"subscribe","filter":"type:raspberry-pi",
           "events":["status_change","heartbeat","deployment"]}
          """);
      JsonNode first = next(socket);
      assertThat(first.path("type").asText()).isEqualTo("subscribed");
      assertThat(first.path("id").asText()).isNotEmpty();
      register("nuc-001", "nuc");
      String key = register("rpi-001", "raspberry-pi");
      JsonNode registered = next(socket);
      assertThat(registered.path("type").asText()).isEqualTo("event");
      assertThat(registered.path("event").asText()).isEqualTo("status_change");
      assertThat(registered.path("device_id").asText()).isEqualTo("rpi-001");
      assertThat(registered.path("timestamp").asText()).endsWith("Z");
      assertThat(registered.path("id").asLong()).isPositive();
      assertThat(registered.path("data").path("type").asText()).isEqualTo("device.registered");
      Rpc.call(
              muster.client(key),
              "Heartbeat",
              Map.of("device_id", "rpi-001", "stats", Map.of("cpu_percent", 12.5)))
          .expect(200);
      JsonNode event = next(socket);
      while (!event.path("event").asText().equals("heartbeat")) {
        assertThat(event.path("data").path("type").asText()).startsWith("device.");
        event = next(socket);
      }
      assertThat(event.path("data").path("cpu_usage").asText()).isEqualTo("12.5");
      assertThat(event.has("id")).isFalse();
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: a subscription goes on behind the last event, and says what is missing")
  void subscription_goesOn() throws Exception {
    FakeDevice device = muster.enroll("changing");
    Map<String, ?> all = Map.of("type", "subscribe", "filter", "name:changing");
    long last;
    try (AgentSocket socket = subscribed("/ws/devices", all)) {
      change(device, "one");
      last = next(socket).path("id").asLong();
    }
    change(device, "two");
    change(device, "three");
    Map<String, ?> behind =
        Map.of("type", "subscribe", "filter", "name:changing", "last_event_id", last);
    try (AgentSocket socket = subscribed("/ws/devices", behind)) {
      long second = next(socket).path("id").asLong();
      long third = next(socket).path("id").asLong();
      change(device, "four");
      long fourth = next(socket).path("id").asLong();
      assertThat(List.of(last, second, third, fourth)).isSorted().doesNotHaveDuplicates();
    }
    Map<String, ?> unknown = Map.of("type", "subscribe", "last_event_id", Long.MAX_VALUE);
    try (AgentSocket socket = subscribed("/ws/devices", unknown)) {
      JsonNode gap = next(socket);
      assertThat(gap.path("type").asText()).isEqualTo("gap");
      assertThat(gap.path("after").asLong()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: another subscription takes the place of the first, a wrong one does not")
  void subscriptions_replace() throws Exception {
    FakeDevice one = muster.enroll("first-of-two");
    FakeDevice two = muster.enroll("second-of-two");
    Map<String, ?> first = Map.of("type", "subscribe", "filter", "name:first-of-two");
    try (AgentSocket socket = subscribed("/ws/devices", first)) {
      JsonNode wrong = ask(socket, Map.of("type", "subscribe", "events", List.of("rain")));
      assertThat(wrong.path("type").asText()).isEqualTo("error");
      assertThat(wrong.path("code").asText()).isEqualTo("INVALID_ARGUMENT");
      assertThat(wrong.path("message").asText())
          .isEqualTo("events: \"rain\" (expected: status_change, heartbeat, deployment)");
      change(one, "still-there");
      assertThat(next(socket).path("device_id").asText()).isEqualTo(one.id());
      JsonNode other = ask(socket, Map.of("type", "subscribe", "filter", "name:second-of-two"));
      assertThat(other.path("type").asText()).isEqualTo("subscribed");
      change(one, "nobody-hears");
      change(two, "heard");
      assertThat(next(socket).path("device_id").asText()).isEqualTo(two.id());
      assertThat(ask(socket, Map.of("type", "unsubscribe")).path("type").asText())
          .isEqualTo("unsubscribed");
      assertThat(ask(socket, Map.of("type", "unsubscribe")).path("code").asText())
          .isEqualTo("FAILED_PRECONDITION");
      assertThat(ask(socket, Map.of("type", "dance")).path("message").asText())
          .isEqualTo("type: \"dance\" (expected: subscribe or unsubscribe)");
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: the credential is a header, in the URL, or the first message")
  void credential_comesInThreeWays() throws Exception {
    TestClient viewer = muster.withRole("viewer");
    Map<String, ?> subscribe = Map.of("type", "subscribe");
    for (URI url :
        List.of(url("/ws/devices"), url("/ws/devices?token=" + muster.admin().token()))) {
      try (AgentSocket socket = AgentSocket.open(url, as(viewer))) {
        assertThat(ask(socket, subscribe).path("type").asText()).isEqualTo("subscribed");
      }
    }
    try (AgentSocket socket =
        AgentSocket.open(url("/ws/devices?token=" + viewer.token()), Map.of())) {
      assertThat(ask(socket, subscribe).path("type").asText()).isEqualTo("subscribed");
    }
    try (AgentSocket socket = AgentSocket.open(url("/ws/devices"), Map.of())) {
      socket.send(TestClient.json(Map.of("type", "auth", "token", viewer.token())));
      assertThat(ask(socket, subscribe).path("type").asText()).isEqualTo("subscribed");
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: who may not is refused, before the upgrade or by the first message")
  void strangers_areRefused() throws Exception {
    FakeDevice device = muster.enroll("curious");
    Map<String, String> devices = Map.of("Authorization", "Bearer " + device.token());
    for (String path : List.of("/ws/devices", "/ws/metrics")) {
      assertThat(AgentSocket.statusOf(url(path), devices)).isEqualTo(403);
      assertThat(AgentSocket.statusOf(url(path + "?token=nobodys"), Map.of())).isEqualTo(401);
      assertThat(
              AgentSocket.statusOf(
                  url(path + "?token=" + muster.admin().token()),
                  Map.of("Origin", "https://elsewhere.example")))
          .isEqualTo(403);
      assertThat(muster.client("").get(path).status()).isEqualTo(401);
      assertThat(muster.admin().get(path).expect(400).body()).contains("Upgrade");
      try (AgentSocket socket = AgentSocket.open(url(path), Map.of())) {
        JsonNode error = ask(socket, Map.of("type", "auth", "token", "nobodys"));
        assertThat(error.path("code").asText()).isEqualTo("UNAUTHENTICATED");
        assertThat(socket.awaitClose().code()).isEqualTo(4401);
      }
      try (AgentSocket socket = AgentSocket.open(url(path), Map.of())) {
        JsonNode error = ask(socket, Map.of("type", "subscribe"));
        assertThat(error.path("message").asText()).startsWith("authentication required");
        assertThat(socket.awaitClose().code()).isEqualTo(4401);
      }
      try (AgentSocket socket = AgentSocket.open(url(path), Map.of())) {
        JsonNode error = ask(socket, Map.of("type", "auth", "token", device.token()));
        assertThat(error.path("code").asText()).isEqualTo("PERMISSION_DENIED");
        assertThat(socket.awaitClose().code()).isEqualTo(4403);
      }
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: a key that is deleted hears no more within seconds")
  void revokedKey_isCutOff() throws Exception {
    Map<String, Map<String, ?>> sockets =
        Map.of(
            "/ws/devices",
            Map.of("type", "subscribe"),
            "/ws/metrics",
            Map.of("type", "subscribe", "metrics", List.of("cpu_usage"), "interval", 60_000));
    for (Map.Entry<String, Map<String, ?>> one : sockets.entrySet()) {
      TestClient viewer = muster.withRole("viewer");
      try (AgentSocket socket = AgentSocket.open(url(one.getKey()), as(viewer))) {
        assertThat(ask(socket, one.getValue()).path("type").asText()).isEqualTo("subscribed");
        String id = "key_" + viewer.token().split("_")[1];
        muster.admin().delete("/api/auth/keys/" + id).expect(204);
        assertThat(socket.awaitClose().code()).isEqualTo(4403);
      }
    }
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: who does not read holds up nobody else")
  void deafSubscriber_holdsUpNobody() throws Exception {
    FakeDevice device = muster.enroll("talkative");
    Map<String, ?> all = Map.of("type", "subscribe", "filter", "name:talkative");
    AgentSocket deaf = AgentSocket.deaf(url("/ws/devices"), as(muster.admin()));
    deaf.send(TestClient.json(all));
    try (AgentSocket socket = subscribed("/ws/devices", all)) {
      for (int i = 0; i < 50; i++) {
        change(device, "tag-" + i);
        assertThat(next(socket).path("device_id").asText()).isEqualTo(device.id());
      }
    }
    deaf.cut();
  }

  @Test
  @Tag("F105")
  @DisplayName("F105: a server that stops says goodbye")
  void stoppingServer_saysGoodbye() throws Exception {
    try (TestMuster other = TestMuster.start();
        AgentSocket devices = AgentSocket.open(url(other, "/ws/devices"), as(other.admin()));
        AgentSocket metrics = AgentSocket.open(url(other, "/ws/metrics"), as(other.admin()))) {
      ask(devices, Map.of("type", "subscribe"));
      ask(metrics, Map.of("type", "subscribe", "metrics", List.of("cpu_usage")));
      other.stop();
      assertThat(devices.awaitClose()).isEqualTo(new Close(1001, "the server stops"));
      assertThat(metrics.awaitClose()).isEqualTo(new Close(1001, "the server stops"));
    }
  }

  /// The next message whose series have that metric.
  private static JsonNode series(AgentSocket socket, String metric) {
    while (true) {
      JsonNode message = next(socket);
      assertThat(message.path("type").asText()).as(message.toString()).isEqualTo("metrics");
      for (JsonNode one : message.path("series")) {
        if (one.path("metric").asText().equals(metric)) {
          return one;
        }
      }
    }
  }

  @Test
  @Tag("F106")
  @DisplayName("F106: the page's example is told how the fleet is, every five seconds")
  void pagesExample_isToldOfTheFleet() throws Exception {
    try (TestMuster other = TestMuster.start()) {
      FakeDevice one = other.enroll("one").connect();
      FakeDevice two = other.enroll("two").connect();
      one.health(10, 40);
      two.health(30, 60);
      try (AgentSocket socket = AgentSocket.open(url(other, "/ws/metrics"), as(other.admin()))) {
        socket.send(
            """
            {"type":"subscribe","metrics":["cpu_usage","memory_usage"],"interval":5000}
            """);
        assertThat(next(socket).path("type").asText()).isEqualTo("subscribed");
        JsonNode cpu = series(socket, "cpu_usage");
        while (cpu.path("value").asDouble() != 20) {
          cpu = series(socket, "cpu_usage");
        }
        assertThat(cpu.has("device_id")).isFalse();
        assertThat(cpu.path("unit").asText()).isEqualTo("percent");
        assertThat(cpu.path("timestamp").asText()).endsWith("Z");
        assertThat(series(socket, "memory_usage").path("value").asDouble()).isEqualTo(50);
      }
      one.cut();
      two.cut();
    }
  }

  @Test
  @Tag("F106")
  @DisplayName("F106: of devices that are named or match, each by itself, at another pace")
  void devices_areToldEach() throws Exception {
    FakeDevice one = muster.enroll("measured-one").connect();
    FakeDevice two = muster.enroll("measured-two").connect();
    one.health(11, 1);
    two.health(22, 2);
    Map<String, ?> matching =
        Map.of(
            "type",
            "subscribe",
            "metrics",
            List.of("cpu_usage"),
            "interval",
            1000,
            "filter",
            "name:measured-one");
    try (AgentSocket socket = subscribed("/ws/metrics", matching)) {
      JsonNode cpu = series(socket, "cpu_usage");
      assertThat(cpu.path("device_id").asText()).isEqualTo(one.id());
      assertThat(cpu.path("value").asDouble()).isEqualTo(11);
      Map<String, ?> named =
          Map.of(
              "type",
              "subscribe",
              "metrics",
              List.of("memory_usage"),
              "device_ids",
              List.of(two.id(), "nobody"));
      JsonNode answer = ask(socket, named);
      while (!answer.path("type").asText().equals("subscribed")) {
        answer = next(socket);
      }
      JsonNode memory = series(socket, "memory_usage");
      assertThat(memory.path("device_id").asText()).isEqualTo(two.id());
      assertThat(memory.path("value").asDouble()).isEqualTo(2);
    }
    TestClient fenced =
        muster.withKey(Map.of("name", "f", "role", "viewer", "scope", "name:measured-two"));
    try (AgentSocket socket = AgentSocket.open(url("/ws/metrics"), as(fenced))) {
      ask(
          socket,
          Map.of(
              "type",
              "subscribe",
              "metrics",
              List.of("cpu_usage"),
              "device_ids",
              List.of(one.id(), two.id())));
      assertThat(next(socket).path("series").findValuesAsText("device_id"))
          .containsExactly(two.id());
    }
    one.cut();
    two.cut();
  }

  @Test
  @Tag("F106")
  @DisplayName("F106: what is wrong with a subscription is said by its field")
  void badSubscriptions_sayWhatIsWrong() throws Exception {
    try (AgentSocket socket = open("/ws/metrics")) {
      assertThat(
              ask(
                      socket,
                      Map.of("type", "subscribe", "metrics", List.of("cpu_usage"), "interval", 999))
                  .path("message")
                  .asText())
          .isEqualTo("interval: 999 (expected: 1000 to 3600000 milliseconds)");
      assertThat(ask(socket, Map.of("type", "subscribe")).path("message").asText())
          .startsWith("metric_names: ");
      assertThat(
              ask(socket, Map.of("type", "subscribe", "metrics", List.of("rain")))
                  .path("message")
                  .asText())
          .contains("rain", "cpu_usage");
      assertThat(
              ask(
                      socket,
                      Map.of(
                          "type",
                          "subscribe",
                          "metrics",
                          List.of("device_online_count"),
                          "filter",
                          "name:one"))
                  .path("message")
                  .asText())
          .contains("device_online_count");
      socket.send("{");
      assertThat(next(socket).path("code").asText()).isEqualTo("INVALID_ARGUMENT");
      socket.sendBinary(new byte[] {1});
      assertThat(socket.awaitClose().code()).isEqualTo(1003);
    }
  }
}
