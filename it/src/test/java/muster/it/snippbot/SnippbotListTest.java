package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `GET /api/devices`, Snippbot's and Agentbot's at once (F023–F028, F140–F142, C01).
class SnippbotListTest {
  private static TestMuster muster;
  private static FakeDevice approved;
  private static FakeDevice second;
  private static FakeDevice pending;
  private static FakeDevice blocked;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    approved = muster.enroll("build-server").connect();
    second = muster.enroll("second");
    pending = muster.pair("iPhone 15 Pro — Atlas Mobile");
    blocked = muster.enroll("blocked");
    muster.admin().post("/api/devices/" + blocked.id() + "/block", Map.of()).expect(200);
  }

  @AfterAll
  static void stop() {
    approved.close();
    muster.close();
  }

  private static List<String> ids(JsonNode devices) {
    List<String> ids = new ArrayList<>();
    devices.forEach(device -> ids.add(device.path("id").asText()));
    return ids;
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  @Tag("F025")
  void list_hasThePagesKeysInItsOrder() {
    TestReply reply = muster.admin().get("/api/devices?status=approved").expect(200);
    assertThat(keys(reply.json())).containsExactly("devices", "total");
    assertThat(keys(reply.at("/devices/0")))
        .containsExactly(
            "id",
            "name",
            "platform",
            "architecture",
            "os_version",
            "agent_version",
            "status",
            "online",
            "last_seen_at",
            "capabilities",
            "paired_at");
    assertThat(reply.at("total").asInt()).isEqualTo(2);
  }

  @Test
  @Tag("F028")
  void online_standsBesideTheStatus() {
    for (JsonNode device : muster.admin().get("/api/devices?limit=10").at("devices")) {
      boolean isConnected = device.path("id").asText().equals(approved.id());
      assertThat(device.path("online").asBoolean()).isEqualTo(isConnected);
      assertThat(device.path("paired_at").asText()).endsWith("Z");
    }
  }

  @ParameterizedTest
  @Tag("F026")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          approved         | 2
          pending          | 1
          blocked          | 1
          revoked          | 0
          denied           | 0
          pending,blocked  | 2
          """)
  void status_narrowsTheList(String status, int count) {
    TestReply reply = muster.admin().get("/api/devices?status=" + status).expect(200);
    assertThat(reply.at("devices")).hasSize(count);
    assertThat(reply.at("total").asInt()).isEqualTo(count);
  }

  @ParameterizedTest
  @Tag("F026")
  @CsvSource({"status=online", "status=", "limit=0", "limit=501", "offset=-1", "limit=x", "view=x"})
  void parameter_thatIsWrong_is422NamingIt(String query) {
    TestReply reply = muster.admin().get("/api/devices?" + query).expect(422);
    assertThat(reply.text("error")).isEqualTo("validation_error");
    assertThat(reply.at("status").asInt()).isEqualTo(422);
    assertThat(reply.text("message")).startsWith(query.substring(0, query.indexOf('=')) + ": ");
  }

  @Test
  @Tag("F027")
  void limitAndOffset_walkTheListOnce() {
    List<String> all = ids(muster.admin().get("/api/devices?limit=500").at("devices"));
    assertThat(all)
        .containsExactlyInAnyOrder(approved.id(), second.id(), pending.id(), blocked.id());
    List<String> walked = new ArrayList<>();
    for (int offset = 0; offset < 4; offset++) {
      TestReply page = muster.admin().get("/api/devices?limit=1&offset=" + offset).expect(200);
      assertThat(page.at("total").asInt()).isEqualTo(4);
      walked.addAll(ids(page.at("devices")));
    }
    assertThat(walked).isEqualTo(all);
    TestReply behind = muster.admin().get("/api/devices?offset=9").expect(200);
    assertThat(behind.at("devices")).isEmpty();
    assertThat(behind.at("total").asInt()).isEqualTo(4);
  }

  @Test
  @Tag("F141")
  void bareList_satisfiesBothPages() {
    TestReply reply = muster.admin().get("/api/devices").expect(200);
    assertThat(keys(reply.json())).containsExactly("devices", "total", "pending", "approved");
    assertThat(ids(reply.at("devices"))).hasSize(4);
    assertThat(ids(reply.at("pending"))).containsExactly(pending.id());
    assertThat(ids(reply.at("approved"))).containsExactly(second.id(), approved.id());
    assertThat(keys(muster.admin().get("/api/devices?view=grouped").expect(200).json()))
        .containsExactly("pending", "approved");
    assertThat(keys(muster.admin().get("/api/devices?view=list").expect(200).json()))
        .containsExactly("devices", "total");
  }

  @Test
  @Tag("F142")
  void agentbotsDevice_hasItsSixKeys() {
    TestReply reply = muster.admin().get("/api/devices?view=grouped").expect(200);
    JsonNode device = reply.at("/pending/0");
    assertThat(keys(device)).containsExactly("id", "name", "ip", "firstSeen", "lastSeen", "status");
    assertThat(device.path("name").asText()).isEqualTo("iPhone 15 Pro — Atlas Mobile");
    assertThat(device.path("ip").asText()).as("never connected").isEmpty();
    assertThat(device.path("lastSeen")).isEqualTo(device.path("firstSeen"));
    assertThat(reply.at("/approved/1/ip").asText()).isEqualTo("127.0.0.1");
  }

  @Test
  @Tag("F024")
  void list_withoutCredential_is401() {
    assertThat(muster.anonymous().get("/api/devices").expect(401).text("error"))
        .isEqualTo("unauthorized");
  }
}
