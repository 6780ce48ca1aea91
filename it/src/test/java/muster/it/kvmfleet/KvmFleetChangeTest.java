package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `PATCH /v1/devices/{id}` and the form of ids (F018, F022).
class KvmFleetChangeTest {
  private static TestMuster muster;

  private FakeDevice device;
  private String path;

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
    device = Fleet.enroll(muster, "web-1", "prod", "frankfurt");
    path = "/v1/devices/" + device.id();
  }

  private TestReply patch(String body) {
    return muster.admin().patch(path, body);
  }

  private List<String> tags() {
    return texts(Fleet.device(muster, device.id()));
  }

  private static List<String> texts(TestReply device) {
    List<String> tags = new ArrayList<>();
    device.at("tags").forEach(tag -> tags.add(tag.asText()));
    return tags;
  }

  @Test
  @Tag("F018")
  void patch_nameAndTags_answersTheChangedDevice() {
    TestReply reply = patch("{\"name\": \"DC1-R3-S8\", \"tags\": [\"prod\", \"munich\"]}");
    reply.expect(200);
    assertThat(reply.text("id")).isEqualTo(device.id());
    assertThat(reply.text("name")).isEqualTo("DC1-R3-S8");
    assertThat(texts(reply)).containsExactly("munich", "prod");
    assertThat(Fleet.device(muster, device.id()).json()).isEqualTo(reply.json());
    assertThat(Fleet.audit(muster, device.id())).startsWith("device.update ok");
  }

  @Test
  @Tag("F018")
  void patch_tags_replacesThemAndFiltersFollow() {
    patch("{\"tags\":[\"munich\"]}").expect(200);
    assertThat(tags()).containsExactly("munich");
    assertThat(Fleet.ids(muster.admin().get("/v1/devices?tag=munich"))).contains(device.id());
    assertThat(Fleet.ids(muster.admin().get("/v1/devices?tag=frankfurt")))
        .doesNotContain(device.id());
    patch("{\"tags\":[]}").expect(200);
    assertThat(tags()).isEmpty();
  }

  @Test
  @Tag("F018")
  void patch_oneField_leavesTheOther() {
    String name = Fleet.device(muster, device.id()).text("name");
    patch("{\"name\":\"renamed\"}").expect(200);
    assertThat(tags()).containsExactly("frankfurt", "prod");
    assertThat(Fleet.ids(muster.admin().get("/v1/devices?search=renamed"))).contains(device.id());
    patch("{\"tags\":[\"x\"]}").expect(200);
    assertThat(Fleet.device(muster, device.id()).text("name"))
        .isEqualTo("renamed")
        .isNotEqualTo(name);
  }

  @Test
  @Tag("F018")
  void patch_spaces_areTrimmedAndTagsAreEachOnce() {
    TestReply reply = patch("{\"name\":\"  a b \\t\",\"tags\":[\" b\",\"a\",\"b \",\"B\"]}");
    reply.expect(200);
    assertThat(reply.text("name")).isEqualTo("a b");
    assertThat(texts(reply)).containsExactly("B", "a", "b");
  }

  @Test
  @Tag("F018")
  void patch_aNameThatIsTaken_isAllowed() {
    FakeDevice other = Fleet.enroll(muster, "taken");
    String name = Fleet.device(muster, other.id()).text("name");
    assertThat(muster.admin().patch(path, Map.of("name", name)).expect(200).text("name"))
        .isEqualTo(name);
  }

  @Test
  @Tag("F018")
  void patch_emptyBody_changesNothing() {
    TestReply before = Fleet.device(muster, device.id());
    List<String> audited = Fleet.audit(muster, device.id());
    assertThat(patch("{}").expect(200).json()).isEqualTo(before.json());
    TestReply none = muster.admin().send("PATCH", path, Optional.empty(), Map.of());
    assertThat(none.expect(200).json()).isEqualTo(before.json());
    assertThat(Fleet.audit(muster, device.id())).isEqualTo(audited);
  }

  @Test
  @Tag("F018")
  void patch_whatItIsAlready_leavesNoTrace() {
    List<String> audited = Fleet.audit(muster, device.id());
    patch("{\"tags\":[\"prod\",\"frankfurt\"]}").expect(200);
    assertThat(Fleet.audit(muster, device.id())).isEqualTo(audited);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"name\":null}                | name",
        "{\"tags\":null}                | tags",
        "{\"name\":7}                   | name",
        "{\"name\":[\"a\"]}             | name",
        "{\"name\":\"\"}                | name",
        "{\"name\":\"  \"}              | name",
        "{\"name\":\"a\\u0007b\"}       | name",
        "{\"name\":\"a\\nb\"}           | name",
        "{\"name\":\"a\\u0000b\"}       | name",
        "{\"name\":\"a\\u202eb\"}       | name",
        "{\"name\":\"\\ud800\"}         | name",
        "{\"tags\":\"prod\"}            | tags",
        "{\"tags\":{}}                  | tags",
        "{\"tags\":[\"a\",1]}           | tags[1]",
        "{\"tags\":[\"a\",null]}        | tags[1]",
        "{\"tags\":[\"\"]}              | tags[0]",
        "{\"tags\":[\"a\\tb\"]}         | tags[0]",
        "{\"label\":\"x\"}              | label",
        "{\"name\":\"a\",\"status\":1}  | status",
        "{\"id\":\"dev_2\"}             | id",
        "{\"name\":\"a\",\"name\":\"b\"}| malformed JSON",
        "[]                             | JSON object",
        "{                              | malformed JSON",
        "{\"name\":\"a\"} x             | malformed JSON",
      })
  @Tag("F018")
  void patch_badBody_is400ThatNamesTheFieldAndChangesNothing(String body, String named) {
    TestReply before = Fleet.device(muster, device.id());
    TestReply reply = patch(body).expect(400);
    assertThat(reply.text("detail")).contains(named);
    assertThat(reply.text("error")).isEqualTo("bad_request");
    assertThat(Fleet.device(muster, device.id()).json()).isEqualTo(before.json());
  }

  @Test
  @Tag("F018")
  void patch_lengths_areCountedInCharacters() {
    assertThat(
            muster.admin().patch(path, Map.of("name", "😀".repeat(128))).expect(200).text("name"))
        .isEqualTo("😀".repeat(128));
    muster.admin().patch(path, Map.of("name", "x".repeat(129))).expect(400);
    muster.admin().patch(path, Map.of("tags", List.of("é".repeat(64)))).expect(200);
    assertThat(
            muster
                .admin()
                .patch(path, Map.of("tags", List.of("x".repeat(65))))
                .expect(400)
                .text("detail"))
        .contains("tags[0]", "1..64");
  }

  @Test
  @Tag("F018")
  void patch_upTo64Tags_isAllowed() {
    List<String> tags = IntStream.range(0, 64).mapToObj("t%02d"::formatted).toList();
    assertThat(texts(muster.admin().patch(path, Map.of("tags", tags)).expect(200))).isEqualTo(tags);
    List<String> more = new ArrayList<>(tags);
    more.add("t64");
    assertThat(muster.admin().patch(path, Map.of("tags", more)).expect(400).text("detail"))
        .contains("tags", "65", "at most 64");
    assertThat(tags()).isEqualTo(tags);
  }

  @Test
  @Tag("F018")
  void patch_onlineDevice_staysOnlineUnderItsNewName() {
    try (FakeDevice connected = device.connect()) {
      patch("{\"name\":\"live\"}").expect(200);
      assertThat(Fleet.status(muster, connected)).isEqualTo("online");
      assertThat(connected.isOpen()).isTrue();
    }
  }

  @Test
  @Tag("F018")
  void patch_byRole_takesOperatorOrMore() {
    TestReply refused = muster.withRole("viewer").patch(path, Map.of("name", "mine")).expect(403);
    assertThat(refused.text("error")).isEqualTo("forbidden");
    muster.withRole("operator").patch(path, Map.of("name", "ours")).expect(200);
    muster.client(device.token()).patch(path, Map.of("name", "me")).expect(403);
    assertThat(Fleet.device(muster, device.id()).text("name")).isEqualTo("ours");
  }

  @Test
  @Tag("F018")
  void patch_unknownDevice_is404() {
    muster.admin().patch("/v1/devices/dev_abc123", Map.of("name", "x")).expect(404);
  }

  @Test
  @Tag("F018")
  void patch_outOfTheKeysScope_isRefused() {
    TestClient scoped =
        muster.withKey(Map.of("name", "s", "role", "operator", "scope", "tag:prod"));
    scoped.patch(path, Map.of("tags", List.of("other"))).expect(403);
    assertThat(tags()).contains("prod");
  }

  @Test
  @Tag("F018")
  void patch_withIfMatch_changesOnlyWhatTheCallerHasSeen() {
    String seen = Fleet.device(muster, device.id()).header("ETag");
    assertThat(seen).matches("\"[^\"]+\"");
    TestReply first = patchIf(seen, "first").expect(200);
    TestReply late = patchIf(seen, "late").expect(412);
    assertThat(late.text("error")).isEqualTo("precondition_failed");
    assertThat(Fleet.device(muster, device.id()).text("name")).isEqualTo("first");
    patchIf("\"other\", " + first.header("ETag"), "second").expect(200);
    patchIf("W/" + Fleet.device(muster, device.id()).header("ETag"), "weak").expect(412);
    patchIf("*", "any").expect(200);
    muster.admin().patch(path, Map.of("name", "last wins")).expect(200);
  }

  @Test
  @Tag("F018")
  void patch_withIfMatchAfterTheMachineReported_isStillTheSameVersion() {
    String seen = Fleet.device(muster, device.id()).header("ETag");
    try (FakeDevice connected = device.connect()) {
      connected.health(1, 2);
      patchIf(seen, "edited while it talks").expect(200);
    }
  }

  private TestReply patchIf(String version, String name) {
    return muster
        .admin()
        .send(
            "PATCH", path, Optional.of("{\"name\":\"" + name + "\"}"), Map.of("If-Match", version));
  }

  @Test
  @Tag("F018")
  void patch_anotherMediaType_is415() {
    muster
        .admin()
        .send("PATCH", path, Optional.of("name=x"), Map.of("Content-Type", "text/plain"))
        .expect(415);
  }

  @Test
  @Tag("F022")
  void register_id_hasAPrefixAnd80RandomBits() {
    assertThat(device.id()).matches("dev_[0-9a-hjkmnp-tv-z]{16}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a%2Fb",
        "%20",
        "%F0%9F%98%80",
        "%FF",
        "dev_x;y=1",
        "'",
        "%22%20OR%201=1--",
        "%25",
        "*",
        "null",
        "-1",
        "%3F",
        "enrollment%2Fx",
      })
  @Tag("F022")
  void anyMethod_oddId_is404AndNever500(String id) {
    for (String method : List.of("GET", "PATCH", "DELETE")) {
      TestReply reply =
          muster
              .admin()
              .send(
                  method,
                  "/v1/devices/" + id,
                  method.equals("PATCH") ? Optional.of("{\"name\":\"x\"}") : Optional.empty(),
                  Map.of());
      assertThat(reply.status()).as("%s %s: %s", method, id, reply.body()).isEqualTo(404);
      assertThat(reply.text("error")).isEqualTo("not_found");
      assertThat(reply.text("request_id")).isEqualTo(reply.header("X-Request-Id"));
    }
  }

  /// What the HTTP layer takes for an attack is refused there, in the page's form.
  @ParameterizedTest
  @ValueSource(strings = {"%00", "dev%0Ax", "dev_x%2F..%2Fy", "..%2F..%2Fetc"})
  @Tag("F022")
  void get_pathThatIsMalformed_is400InTheSameForm(String id) {
    TestReply reply = muster.admin().get("/v1/devices/" + id).expect(400);
    assertThat(Fleet.keys(reply.json())).containsExactly("detail", "error", "request_id");
  }

  @Test
  @Tag("F022")
  void get_idOf128CharactersAndLonger_is404() {
    muster.admin().get("/v1/devices/" + "x".repeat(128)).expect(404);
    muster.admin().get("/v1/devices/" + "x".repeat(129)).expect(404);
    muster.admin().get("/v1/devices/" + "x".repeat(4000)).expect(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/devices/", "/v1/devices/a/b", "/v1/device", "/v1"})
  @Tag("F022")
  void get_pathThatIsNone_is404InTheSameForm(String odd) {
    TestReply reply = muster.admin().get(odd).expect(404);
    assertThat(Fleet.keys(reply.json())).containsExactly("detail", "error", "request_id");
  }
}
