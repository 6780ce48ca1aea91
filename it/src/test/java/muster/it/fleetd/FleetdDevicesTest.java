package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// fleetd's DeviceService as people use it.
class FleetdDevicesTest {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply call(String method, Map<String, ?> message) {
    return Rpc.call(muster.admin(), method, message);
  }

  private static String registered(Map<String, ?> more) {
    Map<String, Object> message = new HashMap<>(more);
    message.putIfAbsent("device_id", "rpi-" + NUMBER.incrementAndGet());
    return call("RegisterDevice", message).expect(200).text("deviceId");
  }

  private static JsonNode device(String id) {
    return call("GetDevice", Map.of("device_id", id)).expect(200).at("device");
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: the page's registration makes a device that every surface shows")
  void register_pagesExample() {
    TestReply reply =
        call(
            "RegisterDevice",
            Map.of(
                "device_id",
                "rpi-001",
                "device_name",
                "Raspberry Pi 001",
                "device_type",
                "raspberry-pi",
                "version",
                "1.0.0",
                "system_info",
                Map.of("os", "Linux", "arch", "arm64", "cpu_cores", 4, "memory_mb", 4096)));
    assertThat(reply.expect(200).text("deviceId")).isEqualTo("rpi-001");
    assertThat(reply.text("apiKey")).startsWith("agt_");
    assertThat(reply.text("registeredAt")).endsWith("Z");

    JsonNode device = device("rpi-001");
    assertThat(device.path("name").asText()).isEqualTo("Raspberry Pi 001");
    assertThat(device.path("type").asText()).isEqualTo("raspberry-pi");
    assertThat(device.path("version").asText()).isEqualTo("1.0.0");
    assertThat(device.path("approval").asText()).isEqualTo("approved");
    assertThat(device.path("status").asText()).isEqualTo("OFFLINE");
    assertThat(device.path("systemInfo").path("os").asText()).isEqualTo("Linux");
    assertThat(device.path("systemInfo").path("arch").asText()).isEqualTo("arm64");
    assertThat(device.path("systemInfo").path("cpuCores").asInt()).isEqualTo(4);
    assertThat(device.path("systemInfo").path("memoryMb").asText()).isEqualTo("4096");
    assertThat(device.has("lastSeen")).isFalse();
    assertThat(muster.admin().get("/v1/devices/rpi-001").expect(200).text("name"))
        .isEqualTo("Raspberry Pi 001");
    JsonNode audit =
        muster.admin().get("/v1/audit?action=device.create").expect(200).at("entries").get(0);
    assertThat(audit.path("target").asText()).isEqualTo("rpi-001");
    assertThat(audit.path("surface").asText()).isEqualTo("fleetd");
    assertThat(audit.toString()).doesNotContain(reply.text("apiKey"));
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: without an id and a name the server makes them")
  void register_nothingSaid() {
    TestReply reply = call("RegisterDevice", Map.of()).expect(200);
    assertThat(reply.text("deviceId")).startsWith("dev_");
    assertThat(device(reply.text("deviceId")).path("name").asText()).startsWith("device");
  }

  @Test
  @Tag("F088")
  @Tag("F076")
  @DisplayName("F088: the same words again are that device with a new key; other words are a clash")
  void register_again() {
    Map<String, Object> words = Map.of("device_id", "again-1", "device_type", "pi");
    String first = call("RegisterDevice", words).expect(200).text("apiKey");
    String second = call("RegisterDevice", words).expect(200).text("apiKey");
    assertThat(second).isNotEqualTo(first);
    assertThat(heartbeat(first, "again-1").status()).isEqualTo(401);

    TestReply clash = call("RegisterDevice", Map.of("device_id", "again-1")).expect(409);
    assertThat(clash.text("code")).isEqualTo("ALREADY_EXISTS");
    assertThat(clash.text("message")).isEqualTo("device_id: again-1 (expected: one that is free)");
    assertThat(heartbeat(second, "again-1").status()).isEqualTo(200);
    call("RegisterDevice", words).expect(409); // it was heard of: no answer was lost
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: ten minutes later nothing is a repetition any more")
  void register_muchLater() {
    Map<String, Object> words = Map.of("device_id", "later-1");
    call("RegisterDevice", words).expect(200);
    muster.clock().advance(Duration.ofMinutes(11));
    call("RegisterDevice", words).expect(409);
  }

  private static TestReply heartbeat(String key, String id) {
    return Rpc.call(muster.client(key), "Heartbeat", Map.of("device_id", id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-a", "a b", "a/b", "a:b", "ä", ".a", "pair", "deploy", "execute"})
  @Tag("F088")
  @Tag("F074")
  @DisplayName("F088: an id that can't stand in a path is refused")
  void register_badIds(String id) {
    TestReply reply = call("RegisterDevice", Map.of("device_id", id)).expect(400);
    assertThat(reply.text("code")).isEqualTo("INVALID_ARGUMENT");
    assertThat(reply.text("message")).startsWith("device_id: \"" + id + "\" (expected: ");
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: no id takes the place of a word in any path")
  void register_wordsOfPaths() {
    List<String> words = new ArrayList<>();
    for (Route route : muster.server().routes()) {
      String[] parts = route.path().split("/");
      if (parts.length > 3
          && List.of("devices", "agents").contains(parts[2])
          && !parts[3].startsWith("{")) {
        words.add(parts[3]);
      }
    }
    assertThat(words).contains("pair", "deploy");
    assertThat(words)
        .allSatisfy(word -> call("RegisterDevice", Map.of("device_id", word)).expect(400));
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: an enrolment token registers one device, once")
  void register_byToken() {
    TestClient token = muster.client(muster.enrollmentToken());
    TestReply reply =
        Rpc.call(token, "RegisterDevice", Map.of("device_id", "by-token")).expect(200);
    assertThat(heartbeat(reply.text("apiKey"), "by-token").status()).isEqualTo(200);
    Rpc.call(token, "RegisterDevice", Map.of("device_id", "by-token-2")).expect(409);
    Rpc.call(token, "ListDevices", Map.of()).expect(401);
  }

  @ParameterizedTest
  @CsvSource({"owner, 200", "admin, 200", "operator, 403", "viewer, 403"})
  @Tag("F077")
  @DisplayName("F077: the message names the permission in the page's words")
  void permission_isNamed(String role, int status) {
    TestReply reply =
        Rpc.call(
            muster.withRole(role),
            "RegisterDevice",
            Map.of("device_id", "role-" + NUMBER.incrementAndGet()));
    assertThat(reply.status()).isEqualTo(status);
    if (status == 403) {
      assertThat(reply.text("code")).isEqualTo("PERMISSION_DENIED");
      assertThat(reply.text("message")).isEqualTo("User does not have permission device:register");
      assertThat(reply.text("/details/permission")).isEqualTo("device:register");
      assertThat(reply.text("/details/user_id")).startsWith("key_");
      assertThat(reply.text("/details/request_id")).isEqualTo(reply.header("x-request-id"));
    }
  }

  @Test
  @Tag("F089")
  @Tag("F110")
  @DisplayName("F089, F110: pages follow each other to the end, with the count of all")
  void list_pages() {
    String tag = "pages-" + NUMBER.incrementAndGet();
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(registered(Map.of("metadata", Map.of("lot", tag))));
    }
    List<String> found = new ArrayList<>();
    String token = "";
    do {
      TestReply page =
          call(
                  "ListDevices",
                  Map.of("page_size", 2, "page_token", token, "filter", "metadata.lot:" + tag))
              .expect(200);
      assertThat(page.at("totalCount").asInt()).isEqualTo(5);
      page.at("devices").forEach(device -> found.add(device.path("id").asText()));
      token = page.at("nextPageToken").asText("");
    } while (!token.isEmpty());
    assertThat(found).containsExactlyInAnyOrderElementsOf(made);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"page_size\":-1} | page_size: -1 (expected: 0..100)",
        "{\"page_token\":\"x\"} | page_token: ",
        "{\"filter\":\"colour:red\"} | colour",
        "{\"filter\":\"status:\"} | filter: column 8",
        "{\"order_by\":\"colour\"} | colour",
        "{\"order_by\":\"name SIDEWAYS\"} | SIDEWAYS",
        "{\"page_size\":\"many\"} | page_size",
        "{\"page_size\" | message: "
      })
  @Tag("F074")
  @Tag("F089")
  @DisplayName("F074: bad requests name the field, the value and what was expected")
  void list_badRequests(String body, String said) {
    TestReply reply =
        muster
            .admin()
            .send("POST", Rpc.path("ListDevices"), Optional.of(body), Map.of())
            .expect(400);
    assertThat(reply.text("code")).isEqualTo("INVALID_ARGUMENT");
    assertThat(reply.text("message")).contains(said);
  }

  @Test
  @Tag("F110")
  @DisplayName("F110: a token is good for its own filter and order, and for a day")
  void list_tokensAreBound() {
    registered(Map.of());
    registered(Map.of());
    String token = call("ListDevices", Map.of("page_size", 1)).expect(200).text("nextPageToken");
    call("ListDevices", Map.of("page_token", token)).expect(200);
    call("ListDevices", Map.of("page_token", token, "filter", "status:offline")).expect(400);
    call("ListDevices", Map.of("page_token", token, "order_by", "name DESC")).expect(400);
    muster.clock().advance(Duration.ofHours(25));
    assertThat(call("ListDevices", Map.of("page_token", token)).expect(400).text("message"))
        .startsWith("page_token: ");
  }

  @Test
  @Tag("F068")
  @DisplayName(
      "F068: the page's bare GET of a list is answered; of what changes something it is 405")
  void get_withoutQuery() {
    TestReply list = muster.admin().get(Rpc.path("ListDevices")).expect(200);
    assertThat(list.at("devices").isArray()).isTrue();
    assertThat(
            muster.admin().get(Rpc.path("ListDevices") + "?page_size=1").expect(200).at("devices"))
        .hasSize(1);
    TestReply refused = muster.admin().get(Rpc.path("RegisterDevice")).expect(405);
    assertThat(refused.header("allow")).isEqualTo("POST");
  }

  @Test
  @Tag("F090")
  @DisplayName("F090: measures and a verdict come when asked for")
  void get_included() {
    String id = registered(Map.of());
    TestReply bare = call("GetDevice", Map.of("device_id", id)).expect(200);
    assertThat(bare.json().has("metrics")).isFalse();
    assertThat(bare.json().has("health")).isFalse();
    TestReply all =
        call("GetDevice", Map.of("device_id", id, "include_metrics", true, "include_health", true))
            .expect(200);
    assertThat(all.json().has("metrics")).isTrue();
    assertThat(all.text("/health/status")).isEqualTo("CRITICAL");
    assertThat(all.at("/health/warnings").toString()).contains("offline: never connected");
  }

  @Test
  @Tag("F090")
  @DisplayName("F090: a device sees itself and no other, and no list")
  void get_byADevice() {
    TestReply one = call("RegisterDevice", Map.of("device_id", "self-1")).expect(200);
    call("RegisterDevice", Map.of("device_id", "self-2")).expect(200);
    TestClient itself = muster.client(one.text("apiKey"));
    assertThat(
            Rpc.call(itself, "GetDevice", Map.of("device_id", "self-1"))
                .expect(200)
                .text("/device/id"))
        .isEqualTo("self-1");
    Rpc.call(itself, "GetDevice", Map.of("device_id", "self-2")).expect(404);
    Rpc.call(itself, "ListDevices", Map.of()).expect(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such", "a b", "x/y"})
  @Tag("F075")
  @DisplayName("F075: what is not there is NOT_FOUND")
  void get_unknown(String id) {
    assertThat(call("GetDevice", Map.of("device_id", id)).expect(404).text("code"))
        .isEqualTo("NOT_FOUND");
  }

  @Test
  @Tag("F091")
  @Tag("F118")
  @DisplayName("F091, F118: only the fields of the mask change, one key of the metadata too")
  void update_pagesMasks() {
    String id = registered(Map.of("metadata", Map.of("location", "attic", "rack", "7")));
    TestReply first =
        call(
                "UpdateDevice",
                Map.of(
                    "device_id",
                    id,
                    "update_mask",
                    Map.of("paths", List.of("name", "metadata.location", "status")),
                    "device",
                    Map.of(
                        "name",
                        "New Name",
                        "metadata",
                        Map.of("location", "Building A", "rack", "9"),
                        "status",
                        "MAINTENANCE")))
            .expect(200);
    assertThat(first.text("/device/name")).isEqualTo("New Name");
    assertThat(first.at("/device/metadata").toString())
        .isIn(
            "{\"location\":\"Building A\",\"rack\":\"7\"}",
            "{\"rack\":\"7\",\"location\":\"Building A\"}");
    assertThat(first.text("updatedAt")).endsWith("Z");
    assertThat(muster.admin().get("/v1/devices/" + id).text("condition")).isEqualTo("maintenance");

    TestReply second =
        call(
                "UpdateDevice",
                Map.of(
                    "device_id",
                    id,
                    "update_mask",
                    "metadata,status",
                    "device",
                    Map.of("metadata", Map.of("location", "datacenter-1"), "status", "ONLINE")))
            .expect(200);
    assertThat(second.at("/device/metadata").toString())
        .isEqualTo("{\"location\":\"datacenter-1\"}");
    assertThat(muster.admin().get("/v1/devices/" + id).text("condition")).isEqualTo("normal");

    TestReply third =
        call("UpdateDevice", Map.of("device_id", id, "device", Map.of("tags", List.of("a"))))
            .expect(200);
    assertThat(third.at("/device/tags").toString()).isEqualTo("[\"a\"]");
    assertThat(third.text("/device/name")).isEqualTo("New Name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id | update_mask: \"id\"",
        "last_seen | update_mask: \"last_seen\"",
        "system_info | update_mask: \"system_info\"",
        "colour | update_mask: \"colour\"",
        "metadata. | update_mask: \"metadata.\"",
        "name | name:"
      })
  @Tag("F091")
  @DisplayName("F091: what can't be changed is named")
  void update_badPaths(String path, String said) {
    String id = registered(Map.of());
    TestReply reply =
        call("UpdateDevice", Map.of("device_id", id, "update_mask", Map.of("paths", List.of(path))))
            .expect(400);
    assertThat(reply.text("message")).startsWith(said);
  }

  @Test
  @Tag("F091")
  @DisplayName("F091: the device in the request is the one that is named")
  void update_otherId() {
    String id = registered(Map.of());
    TestReply reply =
        call("UpdateDevice", Map.of("device_id", id, "device", Map.of("id", "other", "name", "x")))
            .expect(400);
    assertThat(reply.text("message")).isEqualTo("device.id: \"other\" (expected: " + id + ")");
    call("UpdateDevice", Map.of("device_id", id, "device", Map.of("id", id, "name", "x")))
        .expect(200);
  }

  @Test
  @Tag("F092")
  @Tag("F080")
  @DisplayName("F092: a device that is online goes by force only")
  void delete_online() {
    FakeDevice device = muster.enroll("online");
    device.connect();
    TestReply refused = call("DeleteDevice", Map.of("device_id", device.id())).expect(412);
    assertThat(refused.text("code")).isEqualTo("FAILED_PRECONDITION");
    TestReply standard =
        Rpc.connect(muster.admin(), "DeleteDevice", Map.of("device_id", device.id()));
    assertThat(standard.text("code")).isEqualTo("failed_precondition");
    TestReply done =
        call("DeleteDevice", Map.of("device_id", device.id(), "force", true)).expect(200);
    assertThat(done.at("success").asBoolean()).isTrue();
    assertThat(done.text("deletedAt")).endsWith("Z");
    call("DeleteDevice", Map.of("device_id", device.id())).expect(404);
  }
}
