package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Device credentials and the socket of KVM Fleet's agents, `/v1/agent/ws` (F016, F017).
class KvmFleetSocketTest {
  private static final String HEARTBEAT =
      """
      {"type":"heartbeat","cpu_temp_c":51.5,"uptime_s":%d,"agent_version":"%s",
       "at":"2026-04-15T14:30:00Z"}\
      """;

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
  void enroll() {
    Fleet.afterTheRateLimit(muster);
    device = muster.enroll("kvm");
  }

  private static URI url() {
    return URI.create("ws://127.0.0.1:" + muster.port() + "/v1/agent/ws");
  }

  private AgentSocket connect() throws WebSocketHandshakeException {
    AgentSocket socket = AgentSocket.open(muster.url(), device.token());
    Awaitility.await().until(() -> Fleet.presence(muster, device).equals("online"));
    return socket;
  }

  private JsonNode seen() {
    return Fleet.device(muster, device.id()).json();
  }

  private void awaitVersion(String version) {
    Awaitility.await()
        .untilAsserted(() -> assertThat(seen().path("agent_version").asText()).isEqualTo(version));
  }

  @Test
  @Tag("F016")
  void secrets_afterUse_areNowhereInTheDataDirectory() throws IOException {
    String enrollment = Fleet.token(muster, Map.of());
    TestReply registered = Fleet.register(muster, enrollment, "hw-secret").expect(200);
    String token = registered.text("auth_token");
    AgentSocket.statusOf(URI.create(url() + "?token=" + token), Map.of());
    FakeDevice.of(muster, registered, "hw-secret").connect().close();
    muster.client(token).get("/v1/devices");
    List<String> secrets = List.of(enrollment, token, muster.adminKey());
    try (Stream<Path> files = Files.walk(muster.data())) {
      List<Path> regular = files.filter(Files::isRegularFile).toList();
      assertThat(regular).isNotEmpty();
      for (Path file : regular) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (String secret : secrets) {
          assertThat(bytes.contains(secret.split("_", -1)[2]))
              .as("%s holds %s…", file, secret.substring(0, 8))
              .isFalse();
        }
      }
    }
    // And what is stored is its hash, so the search above looked in the right place.
    assertThat(sqlText("select hash from credential where owner = ?", registered.text("device_id")))
        .matches("[0-9a-f]{64}");
  }

  @Test
  @Tag("F016")
  void credential_ofADevice_isOneAtATime() {
    String enrollment = Fleet.token(muster, Map.of());
    Fleet.register(muster, enrollment, "hw-one").expect(200);
    String id = Fleet.register(muster, enrollment, "hw-one").expect(200).text("device_id");
    assertThat(sqlTexts("select id from credential where owner = ?", id)).hasSize(1);
  }

  @Test
  @Tag("F017")
  void connect_tokenInTheQueryOrAsBearer_isOnlineFromTheUpgradeOn() throws Exception {
    try (AgentSocket socket = AgentSocket.open(muster.url(), device.token())) {
      Awaitility.await().until(() -> Fleet.status(muster, device).equals("online"));
      assertThat(socket.isOpen()).isTrue();
    }
    Awaitility.await().until(() -> Fleet.status(muster, device).equals("offline"));
    for (String scheme : List.of("Bearer ", "bearer ")) {
      assertThat(AgentSocket.statusOf(url(), Map.of("Authorization", scheme + device.token())))
          .isEqualTo(101);
    }
  }

  @Test
  @Tag("F017")
  void connect_atTheWsUrlThatRegistrationAnswered_works() throws Exception {
    TestReply registered =
        Fleet.register(muster, Fleet.token(muster, Map.of()), "hw-ws-url").expect(200);
    URI given = URI.create(registered.text("ws_url") + "?token=" + registered.text("auth_token"));
    try (AgentSocket socket = AgentSocket.open(given, Map.of())) {
      socket.send(HEARTBEAT.formatted(7, "0.4.2"));
      Awaitility.await()
          .until(() ->
              Fleet.device(muster, registered.text("device_id"))
                  .text("agent_version")
                  .equals("0.4.2"));
    }
  }

  @Test
  @Tag("F017")
  void connect_withAnythingButADevicesToken_is401BeforeTheUpgrade() {
    String enrollment = Fleet.token(muster, Map.of());
    List<String> wrong =
        List.of(
            "nonsense",
            "agt_0000000000000000_" + "0".repeat(52),
            device.token() + "x",
            muster.adminKey(),
            muster.withRole("operator").token(),
            enrollment);
    for (String token : wrong) {
      assertThat(AgentSocket.statusOf(url(), Map.of("Authorization", "Bearer " + token)))
          .as(token)
          .isEqualTo(401);
      assertThat(AgentSocket.statusOf(URI.create(url() + "?token=" + token), Map.of()))
          .as("in the query: " + token)
          .isEqualTo(401);
    }
    assertThat(AgentSocket.statusOf(url(), Map.of())).isEqualTo(401);
    assertThat(Fleet.status(muster, device)).isEqualTo("offline");
  }

  /// Nothing blocks a device through the API yet, so the row is changed behind the server's back.
  @Test
  @Tag("F017")
  void connect_deviceThatIsNotApproved_is403BeforeTheUpgrade() throws SQLException {
    sqlUpdate("update device set approval = 'blocked' where uid = ?", device.id());
    Map<String, String> bearer = Map.of("Authorization", "Bearer " + device.token());
    assertThat(AgentSocket.statusOf(url(), bearer)).isEqualTo(403);
    assertThat(AgentSocket.statusOf(url().resolve("/device/ws"), bearer)).isEqualTo(403);
    assertThat(Fleet.status(muster, device)).isEqualTo("offline");
  }

  @Test
  @Tag("F017")
  void get_withoutUpgrade_is400() {
    TestReply reply = muster.client(device.token()).get("/v1/agent/ws").expect(400);
    assertThat(reply.text("error")).isEqualTo("bad_request");
    muster.anonymous().get("/v1/agent/ws").expect(401);
  }

  @Test
  @Tag("F017")
  void heartbeat_healthAndVersion_areTheDevices() throws Exception {
    try (AgentSocket socket = connect()) {
      socket.send(HEARTBEAT.formatted(864_000, "0.4.2"));
      awaitVersion("0.4.2");
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(seen().at("/health/uptime_seconds").asLong()).isEqualTo(864_000));
      JsonNode health = seen().get("health");
      assertThat(health.get("cpu_percent").isNull()).isTrue();
      socket.send(
          "{\"type\":\"heartbeat\",\"uptime_s\":864015.7,\"cpu_percent\":12.34,"
              + "\"memory_percent\":45.06,\"agent_version\":\"0.4.3\"}");
      awaitVersion("0.4.3");
      Awaitility.await()
          .untilAsserted(() -> {
            assertThat(seen().at("/health/uptime_seconds").asLong()).isEqualTo(864_015);
            assertThat(seen().at("/health/cpu_percent").asDouble()).isEqualTo(12.3);
            assertThat(seen().at("/health/memory_percent").asDouble()).isEqualTo(45.1);
          });
    }
  }

  @Test
  @Tag("F017")
  void heartbeat_movesLastSeen() throws Exception {
    try (AgentSocket socket = connect()) {
      muster.clock().advance(Duration.ofSeconds(3));
      Instant now = muster.clock().instant();
      socket.send(HEARTBEAT.formatted(1, "1"));
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(Instant.parse(seen().get("last_seen").asText()))
                  .isAfterOrEqualTo(now.minusSeconds(1)));
    }
  }

  @Test
  @Tag("F017")
  void heartbeat_nonsenseValues_areLeftOut() throws Exception {
    try (AgentSocket socket = connect()) {
      socket.send(
          "{\"type\":\"heartbeat\",\"uptime_s\":-5,\"cpu_percent\":150,\"memory_percent\":-1,"
              + "\"agent_version\":\"a\\u0007\\u202eb\"}");
      awaitVersion("ab");
      Awaitility.await().until(() -> !seen().get("health").isNull());
      assertThat(seen().at("/health/uptime_seconds").isNull()).isTrue();
      assertThat(seen().at("/health/cpu_percent").isNull()).isTrue();
      assertThat(seen().at("/health/memory_percent").isNull()).isTrue();
    }
  }

  @Test
  @Tag("F017")
  void frames_ofOtherTypesAndMalformedOnes_areHarmless() throws Exception {
    try (AgentSocket socket = connect()) {
      for (String frame :
          List.of(
              "{\"type\":\"http.response\",\"id\":\"1\",\"status\":200,\"headers\":[],"
                  + "\"body_b64\":\"\"}",
              "{\"type\":\"ws.opened\",\"channel\":1}",
              "{\"type\":\"session_open\"}",
              "{\"type\":\"no.such.type\"}",
              "{\"type\":7}",
              "{}",
              "[]",
              "null",
              "\"heartbeat\"",
              "",
              "{",
              "not JSON",
              "{\"type\":\"heartbeat\",\"uptime_s\":\"soon\",\"agent_version\":\"bad\"}",
              "{\"type\":\"heartbeat\",\"agent_version\":{}}",
              "{\"type\":\"heartbeat\",\"uptime_s\":1e308}",
              "[".repeat(5_000),
              "{\"type\":\"x\",\"pad\":\"" + "x".repeat(60_000) + "\"}")) {
        socket.send(frame);
      }
      socket.send(HEARTBEAT.formatted(1, "9.9.9"));
      awaitVersion("9.9.9");
      assertThat(socket.isOpen()).isTrue();
      assertThat(Fleet.status(muster, device)).isEqualTo("online");
    }
  }

  @Test
  @Tag("F017")
  void frames_binary_closeTheSocketAsTheProtocolIsText() throws Exception {
    AgentSocket socket = connect();
    socket.sendBinary(new byte[] {1, 2, 3});
    assertThat(socket.awaitClose().code()).isEqualTo(1003);
  }

  @Test
  @Tag("F017")
  void connect_again_replacesTheOldSocketWith4409() throws Exception {
    AgentSocket old = connect();
    try (AgentSocket young = connect()) {
      assertThat(old.awaitClose().code()).isEqualTo(4409);
      assertThat(young.isOpen()).isTrue();
      young.send(HEARTBEAT.formatted(5, "5.0"));
      awaitVersion("5.0");
      assertThat(Fleet.presence(muster, device)).isEqualTo("online");
    }
  }

  @Test
  @Tag("F017")
  void connect_overTheOtherProtocol_isStillOneSocketADevice() throws Exception {
    AgentSocket kvm = connect();
    try (FakeDevice modern = device.connect()) {
      assertThat(kvm.awaitClose().code()).isEqualTo(4409);
      assertThat(modern.isOpen()).isTrue();
      assertThat(Fleet.presence(muster, device)).isEqualTo("online");
    }
  }

  @Test
  @Tag("F017")
  void connect_manyAtOnce_leavesExactlyOne() throws Exception {
    List<AgentSocket> sockets = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<AgentSocket>> connecting = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        connecting.add(threads.submit(() -> AgentSocket.open(muster.url(), device.token())));
      }
      for (Future<AgentSocket> one : connecting) {
        sockets.add(one.get());
      }
    }
    Awaitility.await()
        .untilAsserted(() -> assertThat(sockets).filteredOn(AgentSocket::isOpen).hasSize(1));
    assertThat(Fleet.presence(muster, device)).isEqualTo("online");
    sockets.stream()
        .filter(socket -> !socket.isOpen())
        .forEach(socket -> assertThat(socket.awaitClose().code()).isEqualTo(4409));
    sockets.forEach(AgentSocket::close);
    Awaitility.await().until(() -> Fleet.presence(muster, device).equals("offline"));
  }

  /// The network is gone and nobody says so: no heartbeat, no answer to pings.
  @Test
  @Tag("F017")
  @Tag("F021")
  void silence_ofThreeHeartbeats_makesTheDeviceOffline() throws Exception {
    AgentSocket silent =
        AgentSocket.deaf(url(), Map.of("Authorization", "Bearer " + device.token()));
    try (FakeDevice lively = muster.enroll("lively").connect()) {
      Awaitility.await().until(() -> Fleet.presence(muster, device).equals("online"));
      // In steps: after a jump the server takes its own pause into account and waits anew.
      Awaitility.await()
          .pollInterval(Duration.ofMillis(300))
          .atMost(Duration.ofSeconds(30))
          .until(() -> {
            muster.clock().advance(Duration.ofSeconds(2));
            lively.health(1, 1);
            return Fleet.presence(muster, device).equals("offline");
          });
      assertThat(Fleet.presence(muster, lively)).isEqualTo("online");
      assertThat(Fleet.device(muster, device.id()).text("/presence/reason"))
          .startsWith("nothing was heard for 45 s; last heard of ");
    } finally {
      silent.cut();
    }
  }

  private static Connection sql() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
  }

  private static void sqlUpdate(String statement, String value) throws SQLException {
    try (Connection connection = sql();
        PreparedStatement update = connection.prepareStatement(statement)) {
      update.setString(1, value);
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }

  private static String sqlText(String query, String value) {
    return sqlTexts(query, value).getFirst();
  }

  private static List<String> sqlTexts(String query, String value) {
    List<String> texts = new ArrayList<>();
    try (Connection connection = sql();
        PreparedStatement select = connection.prepareStatement(query)) {
      select.setString(1, value);
      var rows = select.executeQuery();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return texts;
  }
}
