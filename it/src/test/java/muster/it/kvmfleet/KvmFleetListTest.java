package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Lists, filters, and what a device looks like (F003–F008). The fleet is made once and only read.
class KvmFleetListTest {
  private static final List<String> PAGE_KEYS =
      List.of(
          "id", "name", "tags", "status", "device_type", "agent_version", "last_seen", "health");
  private static final String WHOLE_SECONDS = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

  private static TestMuster muster;
  private static FakeDevice online;
  private static FakeDevice gone;
  private static FakeDevice neverSeen;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    neverSeen = Fleet.enroll(muster, "DC1-R3-S8", "prod");
    online = Fleet.enroll(muster, "dc1-r3-s7", "prod", "frankfurt").connect();
    online.health(12.34, 45.06);
    gone = Fleet.enroll(muster, "Edge 100%", "Prod", "rack,7");
    gone.connect().close();
    Fleet.enroll(muster, "edge_1*?", "rack", "7");
    Fleet.enroll(muster, "o'neil \"lab\"");
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(Fleet.device(muster, online.id()).at("/health/cpu_percent").isNumber())
              .isTrue();
          assertThat(Fleet.status(muster, gone)).isEqualTo("offline");
        });
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply list(String query) {
    return muster.admin().get("/v1/devices" + query);
  }

  private static List<String> found(String parameter, String value) {
    return Fleet.names(
        list("?" + parameter + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
  }

  @Test
  @Tag("F003")
  void list_anyDevice_hasThePagesKeysFirstInItsOrder() {
    for (JsonNode device : list("").expect(200).at("/devices")) {
      assertThat(Fleet.keys(device)).startsWith(PAGE_KEYS.toArray(String[]::new));
    }
    assertThat(Fleet.keys(list("?search=s7").at("/devices/0/health")))
        .startsWith("uptime_seconds", "cpu_percent", "memory_percent");
  }

  @Test
  @Tag("F003")
  void list_withoutParameters_answersAllInOrderOfNameWhateverCase() {
    assertThat(Fleet.names(list("")))
        .containsExactly("dc1-r3-s7", "DC1-R3-S8", "Edge 100%", "edge_1*?", "o'neil \"lab\"");
  }

  @Test
  @Tag("F003")
  void list_deviceNeverSeen_hasNullsForWhatNobodyKnows() {
    JsonNode device = list("?search=s8").expect(200).at("/devices/0");
    assertThat(device.get("id").asText()).isEqualTo(neverSeen.id());
    assertThat(device.get("last_seen").isNull()).isTrue();
    assertThat(device.get("health").isNull()).isTrue();
    assertThat(device.get("device_type").isNull()).isTrue();
    assertThat(device.get("agent_version").isNull()).isTrue();
    assertThat(device.get("status").asText()).isEqualTo("offline");
  }

  @Test
  @Tag("F003")
  @Tag("F021")
  void list_deviceWithHealth_hasOneDecimalAndWholeSecondsInUtc() {
    JsonNode device = list("?search=s7").expect(200).at("/devices/0");
    assertThat(device.at("/health/cpu_percent").toString()).isEqualTo("12.3");
    assertThat(device.at("/health/memory_percent").toString()).isEqualTo("45.1");
    assertThat(device.at("/health/uptime_seconds").toString()).isEqualTo("864000");
    assertThat(device.get("last_seen").asText()).matches(WHOLE_SECONDS);
    assertThat(device.get("created_at").asText()).matches(WHOLE_SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"viewer", "operator", "admin", "owner"})
  @Tag("F003")
  void list_anyRole_isAllowed(String role) {
    assertThat(Fleet.names(muster.withRole(role).get("/v1/devices"))).hasSize(5);
  }

  @Test
  @Tag("F003")
  void list_withLimit_givesTheSameListInParts() {
    TestReply first = list("?limit=2").expect(200);
    TestReply second = list("?limit=2&cursor=" + first.text("next_cursor")).expect(200);
    TestReply third = list("?limit=2&cursor=" + second.text("next_cursor")).expect(200);
    assertThat(third.at("next_cursor").isMissingNode()).isTrue();
    assertThat(List.of(Fleet.ids(first), Fleet.ids(second), Fleet.ids(third)))
        .flatMap(part -> part)
        .isEqualTo(Fleet.ids(list("")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=1001", "limit=x", "limit=2&cursor=nonsense"})
  @Tag("F003")
  void list_badPaging_is400(String query) {
    assertThat(list("?" + query).expect(400).text("error")).isEqualTo("bad_request");
  }

  @Test
  @Tag("F004")
  void list_statusOnline_answersOnlyOnlineDevices() {
    assertThat(Fleet.names(list("?status=online"))).containsExactly("dc1-r3-s7");
  }

  @Test
  @Tag("F004")
  void list_statusOffline_answersThoseGoneAndThoseNeverSeen() {
    assertThat(Fleet.names(list("?status=offline")))
        .containsExactly("DC1-R3-S8", "Edge 100%", "edge_1*?", "o'neil \"lab\"");
  }

  @Test
  @Tag("F004")
  void list_statusTwice_answersTheUnion() {
    assertThat(Fleet.ids(list("?status=offline&status=online"))).isEqualTo(Fleet.ids(list("")));
    assertThat(Fleet.names(list("?status=online&status=online"))).containsExactly("dc1-r3-s7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"busy", "Online", "unknown", "", "online,offline"})
  @Tag("F004")
  void list_statusOfAnotherWord_is400AndNamesIt(String word) {
    assertThat(list("?status=online&status=" + word).expect(400).text("detail"))
        .contains("status", '"' + word + '"', "online or offline");
  }

  @Test
  @Tag("F005")
  void list_oneTag_answersDevicesThatHaveIt() {
    assertThat(found("tag", "prod")).containsExactly("dc1-r3-s7", "DC1-R3-S8");
  }

  @Test
  @Tag("F005")
  void list_tagTwice_answersDevicesThatHaveBoth() {
    assertThat(Fleet.names(list("?tag=prod&tag=frankfurt"))).containsExactly("dc1-r3-s7");
    assertThat(Fleet.names(list("?tag=prod&tag=munich"))).isEmpty();
  }

  @Test
  @Tag("F005")
  void list_tagInAnotherCase_isAnotherTag() {
    assertThat(found("tag", "Prod")).containsExactly("Edge 100%");
    assertThat(found("tag", "PROD")).isEmpty();
  }

  @Test
  @Tag("F005")
  void list_tagWithEncodedComma_isOneTag() {
    assertThat(Fleet.names(list("?tag=rack%2C7"))).containsExactly("Edge 100%");
    assertThat(Fleet.names(list("?tag=rack&tag=7"))).containsExactly("edge_1*?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pro*", "p%", "prod_", "*", "pro"})
  @Tag("F005")
  void list_tagWithWildcard_isTakenLiterally(String tag) {
    assertThat(found("tag", tag)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%20", "%09"})
  @Tag("F005")
  void list_blankTag_is400ThatNamesIt(String tag) {
    assertThat(list("?tag=prod&tag=" + tag).expect(400).text("detail")).startsWith("tag");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tag=%07", "tag=%00", "search=a%07b", "status=%00"})
  @Tag("F005")
  @Tag("F006")
  void list_controlCharacters_are400(String query) {
    assertThat(list("?" + query).expect(400).text("error")).isEqualTo("bad_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DC1-R3", "dc1-r3", "c1-R", "-r3-", "1-", "r"})
  @Tag("F006")
  void list_search_findsAnyPartOfTheNameInAnyCase(String part) {
    assertThat(found("search", part)).contains("dc1-r3-s7", "DC1-R3-S8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "%      | Edge 100%",
        "00%    | Edge 100%",
        "_      | edge_1*?",
        "e_1    | edge_1*?",
        "*      | edge_1*?",
        "1*?    | edge_1*?",
        "?      | edge_1*?",
        "o'n    | o'neil \"lab\"",
        "\"lab\"| o'neil \"lab\"",
        "'      | o'neil \"lab\"",
      })
  @Tag("F006")
  void list_searchWithWildcardsAndQuotes_takesThemLiterally(String part, String name) {
    assertThat(found("search", part)).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"d%7", "dc1_r3", "dc*", "AND", "name:dc1", "nowhere"})
  @Tag("F006")
  void list_searchForWhatIsInNoName_answersNothing(String part) {
    TestReply reply =
        list("?search=" + URLEncoder.encode(part, StandardCharsets.UTF_8)).expect(200);
    assertThat(reply.body()).isEqualTo("{\"devices\":[]}");
  }

  @Test
  @Tag("F006")
  void list_searchOf200Characters_isTheLongest() {
    assertThat(found("search", "x".repeat(200))).isEmpty();
    // Characters, not UTF-16 units.
    assertThat(found("search", "😀".repeat(200))).isEmpty();
    assertThat(list("?search=" + "x".repeat(201)).expect(400).text("detail"))
        .contains("search", "at most 200 characters");
  }

  @Test
  @Tag("F007")
  void list_allParameters_narrowTogether() {
    assertThat(Fleet.names(list("?status=online&tag=prod"))).containsExactly("dc1-r3-s7");
    assertThat(Fleet.names(list("?status=offline&tag=prod"))).containsExactly("DC1-R3-S8");
    assertThat(Fleet.names(list("?status=offline&tag=prod&search=s7"))).isEmpty();
    assertThat(Fleet.names(list("?status=online&tag=prod&search=DC1&tag=frankfurt")))
        .containsExactly("dc1-r3-s7");
  }

  @Test
  @Tag("F007")
  void list_unknownParameters_areIgnored() {
    assertThat(Fleet.names(list("?tag=prod&colour=red&page=2&sort=")))
        .containsExactly("dc1-r3-s7", "DC1-R3-S8");
  }

  @Test
  @Tag("F008")
  void get_device_isTheObjectOfTheList() {
    JsonNode listed = list("?search=s7").expect(200).at("/devices/0");
    JsonNode alone = Fleet.device(muster, online.id()).json();
    assertThat(Fleet.keys(alone)).isEqualTo(Fleet.keys(listed));
    assertThat(alone.get("name")).isEqualTo(listed.get("name"));
    assertThat(alone.get("tags")).isEqualTo(listed.get("tags"));
    assertThat(alone.get("health")).isEqualTo(listed.get("health"));
  }

  @Test
  @Tag("F008")
  void get_unknownDevice_is404() {
    TestReply reply = muster.admin().get("/v1/devices/dev_abc123").expect(404);
    assertThat(reply.text("error")).isEqualTo("not_found");
    assertThat(reply.text("detail")).contains("dev_abc123");
  }

  @Test
  @Tag("F008")
  void get_deviceOutsideTheKeysScope_isAnsweredAsUnknown() {
    var scoped =
        muster.withKey(Map.of("name", "racks", "role", "operator", "scope", "tag:frankfurt"));
    assertThat(Fleet.names(scoped.get("/v1/devices"))).containsExactly("dc1-r3-s7");
    scoped.get("/v1/devices/" + online.id()).expect(200);
    TestReply foreign = scoped.get("/v1/devices/" + neverSeen.id()).expect(404);
    TestReply unknown = scoped.get("/v1/devices/dev_abc123").expect(404);
    assertThat(foreign.text("detail").replace(neverSeen.id(), "X"))
        .isEqualTo(unknown.text("detail").replace("dev_abc123", "X"));
    scoped.patch("/v1/devices/" + neverSeen.id(), Map.of("name", "mine")).expect(404);
  }
}
