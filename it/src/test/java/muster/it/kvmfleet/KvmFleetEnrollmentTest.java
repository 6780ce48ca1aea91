package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
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

/// Enrolment tokens: making, using once, expiring (F009–F011, F013).
class KvmFleetEnrollmentTest {
  private static final Duration LIFE = Duration.ofMinutes(30);
  private static final Duration RETRY_WINDOW = Duration.ofMinutes(10);
  private static final Duration MILLI = Duration.ofMillis(1);

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void refill() {
    Fleet.afterTheRateLimit(muster);
  }

  private static TestReply create(Object body) {
    return muster.admin().post("/v1/devices/enrollment", body);
  }

  private static List<String> openTokens() {
    List<String> ids = new ArrayList<>();
    muster
        .admin()
        .get("/v1/devices/enrollment")
        .expect(200)
        .at("/tokens")
        .forEach(token -> ids.add(token.path("id").asText()));
    return ids;
  }

  @Test
  @Tag("F009")
  void create_nameAndTags_answersTokenExpiryAndCommand() {
    Instant now = muster.clock().instant();
    TestReply reply = create(Map.of("suggested_name", "DC1-R3-S8", "suggested_tags", List.of("p")));
    assertThat(Fleet.keys(reply.expect(200).json())).contains("token", "expires_at", "install_cmd");
    // 52 characters of five random bits each: 260 bits.
    assertThat(reply.text("token")).matches("ekvent_[0-9a-z]{16}_[0-9a-z]{52}");
    assertThat(reply.text("expires_at")).matches(".*T\\d\\d:\\d\\d:\\d\\dZ");
    assertThat(Duration.between(now, Instant.parse(reply.text("expires_at"))))
        .isBetween(LIFE.minusSeconds(2), LIFE.plusSeconds(5));
    assertThat(reply.text("install_cmd"))
        .isEqualTo(
            "curl -sSL %s/install | sh -s -- --token %s"
                .formatted(muster.url(), reply.text("token")));
    assertThat(Fleet.audit(muster, reply.text("id"))).containsExactly("enrollment.create ok");
  }

  @Test
  @Tag("F009")
  void create_suggestions_becomeTheDevices() {
    FakeDevice device = Fleet.enroll(muster, "  DC1-R3-S8 ", "prod", " prod", "frankfurt");
    JsonNode json = Fleet.device(muster, device.id()).json();
    assertThat(json.get("name").asText()).isEqualTo("DC1-R3-S8");
    assertThat(json.get("tags").toString()).isEqualTo("[\"frankfurt\",\"prod\"]");
    assertThat(json.get("approval").asText()).isEqualTo("approved");
  }

  @Test
  @Tag("F009")
  void create_withoutBody_isAllowed() {
    TestReply none =
        muster.admin().send("POST", "/v1/devices/enrollment", Optional.empty(), Map.of());
    assertThat(none.expect(200).text("token")).startsWith("ekvent_");
    assertThat(create("{}").expect(200).text("token")).startsWith("ekvent_");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"suggested_name\":7}                | suggested_name",
        "{\"suggested_name\":null}             | suggested_name",
        "{\"suggested_name\":\" \"}            | suggested_name",
        "{\"suggested_name\":\"a\\nb\"}        | suggested_name",
        "{\"suggested_tags\":\"prod\"}         | suggested_tags",
        "{\"suggested_tags\":[\"a\",{}]}       | suggested_tags[1]",
        "{\"suggested_tags\":[\"a\",\"\"]}     | suggested_tags[1]",
        "{\"name\":\"x\"}                      | name",
        "{\"suggested_name\":                  | malformed JSON",
        "\"x\"                                 | JSON object",
      })
  @Tag("F009")
  void create_badBody_is400ThatNamesTheField(String body, String named) {
    List<String> before = openTokens();
    assertThat(create(body).expect(400).text("detail")).contains(named);
    assertThat(openTokens()).isEqualTo(before);
  }

  @Test
  @Tag("F009")
  void list_openTokens_neverShowsASecret() {
    TestReply created = create("{}").expect(200);
    TestReply list = muster.admin().get("/v1/devices/enrollment").expect(200);
    assertThat(openTokens()).contains(created.text("id"));
    assertThat(list.body()).doesNotContain("ekvent_");
  }

  @Test
  @Tag("F009")
  void delete_openToken_makesItUnknown() {
    TestReply created = create("{}").expect(200);
    String path = "/v1/devices/enrollment/" + created.text("id");
    muster.withRole("operator").delete(path).expect(403);
    muster.admin().delete(path).expect(204);
    muster.admin().delete(path).expect(404);
    Fleet.register(muster, created.text("token"), "hw-never").expect(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"viewer", "member", "operator"})
  @Tag("F013")
  void create_byLesserRole_is403(String role) {
    TestReply reply = muster.withRole(role).post("/v1/devices/enrollment", "{}").expect(403);
    assertThat(reply.text("error")).isEqualTo("forbidden");
    muster.withRole(role).get("/v1/devices/enrollment").expect(403);
  }

  @Test
  @Tag("F013")
  void create_byDevice_is403() {
    FakeDevice device = muster.enroll("machine");
    TestReply reply =
        muster.client(device.token()).post("/v1/devices/enrollment", "{}").expect(403);
    assertThat(reply.text("error")).isEqualTo("forbidden");
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "owner"})
  @Tag("F013")
  void create_byAdminOrOwner_isAllowed(String role) {
    muster.withRole(role).post("/v1/devices/enrollment", "{}").expect(200);
  }

  @Test
  @Tag("F013")
  void create_byKeyWithAScope_is403() {
    muster
        .withKey(Map.of("name", "s", "role", "admin", "scope", "tag:prod"))
        .post("/v1/devices/enrollment", "{}")
        .expect(403);
  }

  @Test
  @Tag("F010")
  void register_tokenUsedByAnotherMachine_is409() {
    String token = Fleet.token(muster, Map.of());
    Fleet.register(muster, token, "hw-first").expect(200);
    TestReply second = Fleet.register(muster, token, "hw-second").expect(409);
    assertThat(second.text("error")).isEqualTo("conflict");
    assertThat(second.body()).doesNotContain(token);
  }

  /// Many agents race for one token, many times: one device each time, all others are told 409.
  @Test
  @Tag("F010")
  void register_manyMachinesAtOnce_exactlyOneWins() throws Exception {
    int machines = 12;
    int before = Fleet.ids(muster.admin().get("/v1/devices")).size();
    int rounds = 40;
    for (int round = 0; round < rounds; round++) {
      Fleet.afterTheRateLimit(muster);
      String token = Fleet.token(muster, Map.of("suggested_name", "race-" + round));
      List<Integer> answers = race(token, round, machines);
      assertThat(answers).as("round " + round).containsOnlyOnce(200);
      assertThat(answers).filteredOn(status -> status == 409).hasSize(machines - 1);
    }
    assertThat(Fleet.ids(muster.admin().get("/v1/devices"))).hasSize(before + rounds);
  }

  private static List<Integer> race(String token, int round, int machines) throws Exception {
    List<Integer> answers = new ArrayList<>();
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> racing = new ArrayList<>();
      for (int i = 0; i < machines; i++) {
        String hardware = "hw-race-%d-%d".formatted(round, i);
        racing.add(
            threads.submit(() -> {
              go.await();
              return Fleet.register(muster, token, hardware).status();
            }));
      }
      go.countDown();
      for (Future<Integer> one : racing) {
        answers.add(one.get());
      }
    }
    return answers;
  }

  @Test
  @Tag("F010")
  void register_replyLost_sameMachineGetsTheSameDeviceAndANewCredential() {
    String token = Fleet.token(muster, Map.of());
    TestReply first = Fleet.register(muster, token, "hw-lost").expect(200);
    muster.clock().advance(RETRY_WINDOW.minusSeconds(5));
    TestReply second = Fleet.register(muster, token, "hw-lost").expect(200);
    assertThat(second.text("device_id")).isEqualTo(first.text("device_id"));
    assertThat(second.text("auth_token")).isNotEqualTo(first.text("auth_token"));
    assertThat(socketStatus(first.text("auth_token"))).isEqualTo(401);
    assertThat(socketStatus(second.text("auth_token"))).isEqualTo(101);
  }

  private static int socketStatus(String token) {
    return AgentSocket.statusOf(
        URI.create("ws://" + muster.url().getAuthority() + "/v1/agent/ws"),
        Map.of("Authorization", "Bearer " + token));
  }

  @Test
  @Tag("F010")
  void register_replyLostAndTokenExpiredMeanwhile_stillWorksForTenMinutes() {
    String token = Fleet.token(muster, Map.of());
    muster.clock().advance(LIFE.minusSeconds(30));
    TestReply first = Fleet.register(muster, token, "hw-late").expect(200);
    muster.clock().advance(Duration.ofMinutes(5));
    TestReply second = Fleet.register(muster, token, "hw-late").expect(200);
    assertThat(second.text("device_id")).isEqualTo(first.text("device_id"));
  }

  @Test
  @Tag("F010")
  void register_sameMachineAfterTenMinutes_is409() {
    muster.clock().hold();
    try {
      String token = Fleet.token(muster, Map.of());
      Fleet.register(muster, token, "hw-slow").expect(200);
      muster.clock().advance(RETRY_WINDOW.minus(MILLI));
      Fleet.register(muster, token, "hw-slow").expect(200);
      // The retry does not open the window anew: it counts from the first use.
      muster.clock().advance(MILLI);
      Fleet.register(muster, token, "hw-slow").expect(409);
    } finally {
      muster.clock().goOn();
    }
  }

  @Test
  @Tag("F010")
  void register_replyNotLostAtAll_cannotTakeTheCredentialFromTheLiveDevice() {
    String token = Fleet.token(muster, Map.of());
    TestReply first = Fleet.register(muster, token, "hw-live").expect(200);
    try (FakeDevice device = FakeDevice.of(muster, first, "hw-live").connect()) {
      Fleet.register(muster, token, "hw-live").expect(409);
      assertThat(device.isOpen()).isTrue();
    }
  }

  @Test
  @Tag("F011")
  void register_atTheExactEndOfTheTokensLife_is410() {
    muster.clock().hold();
    try {
      String inTime = Fleet.token(muster, Map.of());
      String tooLate = Fleet.token(muster, Map.of());
      muster.clock().advance(LIFE.minus(MILLI));
      Fleet.register(muster, inTime, "hw-in-time").expect(200);
      muster.clock().advance(MILLI);
      TestReply reply = Fleet.register(muster, tooLate, "hw-too-late").expect(410);
      assertThat(reply.text("detail")).contains("token expired");
      assertThat(reply.text("error")).isEqualTo("gone");
    } finally {
      muster.clock().goOn();
    }
  }

  @Test
  @Tag("F011")
  void list_openTokens_leavesOutWhatExpiredAndWhatWasUsed() {
    TestReply expired = create("{}").expect(200);
    muster.clock().advance(LIFE);
    TestReply used = create("{}").expect(200);
    Fleet.register(muster, used.text("token"), "hw-used").expect(200);
    TestReply open = create("{}").expect(200);
    assertThat(openTokens())
        .contains(open.text("id"))
        .doesNotContain(expired.text("id"), used.text("id"));
  }

  @Test
  @Tag("F011")
  void register_unknownToken_is401AndSaysNoMoreWhateverIsWrong() {
    String token = Fleet.token(muster, Map.of());
    String[] parts = token.split("_", -1);
    List<String> wrong =
        List.of(
            "ekvent_0000000000000000_" + "0".repeat(52),
            parts[0] + "_" + parts[1] + "_" + "0".repeat(52),
            token + "0",
            token.toUpperCase(Locale.ROOT),
            "ekvent_",
            "nonsense",
            muster.adminKey());
    for (String text : wrong) {
      TestReply reply = Fleet.register(muster, text, "hw-wrong").expect(401);
      assertThat(reply.text("error")).isEqualTo("unauthorized");
      assertThat(reply.text("detail")).isEqualTo("enrollment_token: unknown token");
    }
    // None of it used the token up.
    Fleet.register(muster, token, "hw-right").expect(200);
  }

  @Test
  @Tag("F011")
  void register_afterARestart_theTokenIsStillGoodAndStillExpires() {
    String token = Fleet.token(muster, Map.of("suggested_name", "survivor"));
    String late = Fleet.token(muster, Map.of());
    muster.restart();
    TestReply reply = Fleet.register(muster, token, "hw-restart").expect(200);
    assertThat(reply.text("name")).isEqualTo("survivor");
    Fleet.register(muster, token, "hw-restart-2").expect(409);
    muster.clock().advance(LIFE);
    Fleet.register(muster, late, "hw-restart-3").expect(410);
  }
}
