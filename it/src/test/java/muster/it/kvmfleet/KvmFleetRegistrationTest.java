package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `POST /v1/agent/register`: its fields, names and bounds, and machines that come again (F014,
/// F015).
class KvmFleetRegistrationTest {
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

  private static TestReply register(Map<String, ?> more) {
    return Fleet.register(muster, Fleet.token(muster, Map.of()), hardware(), more);
  }

  private static String hardware() {
    return "hw-" + UUID.randomUUID();
  }

  private static String nameOf(TestReply registered) {
    return Fleet.device(muster, registered.expect(200).text("device_id")).text("name");
  }

  @Test
  @Tag("F014")
  void register_tokenAndHardwareId_answersTheUnionOfPageAndAgent() {
    TestReply reply = register(Map.of()).expect(200);
    assertThat(Fleet.keys(reply.json()))
        .contains("device_id", "auth_token", "ws_url", "org_id", "name");
    assertThat(reply.text("device_id")).startsWith("dev_");
    assertThat(reply.text("auth_token")).startsWith("agt_");
    assertThat(reply.text("ws_url"))
        .isEqualTo("ws://127.0.0.1:%d/v1/agent/ws".formatted(muster.port()));
    assertThat(Fleet.audit(muster, reply.text("device_id"))).containsExactly("device.register ok");
  }

  @Test
  @Tag("F014")
  void register_asTheOriginsAgentSpells_isUnderstood() {
    String token = Fleet.token(muster, Map.of());
    TestReply reply =
        muster
            .anonymous()
            .post(
                "/v1/agent/register",
                Map.of(
                    "enrollment_token", token,
                    "hw_id", "10000000abcdef01",
                    "hw_kind", "pikvm",
                    "name", "kvm-1",
                    "tags", List.of("lab"),
                    "agent_version", "0.4.2",
                    "local_console_url", "http://127.0.0.1/"))
            .expect(200);
    TestReply device = Fleet.device(muster, reply.text("device_id"));
    assertThat(device.text("name")).isEqualTo("kvm-1").isEqualTo(reply.text("name"));
    assertThat(device.at("tags").toString()).isEqualTo("[\"lab\"]");
    assertThat(device.text("device_type")).isEqualTo("pikvm");
    assertThat(device.text("agent_version")).isEqualTo("0.4.2");
    assertThat(device.text("status")).isEqualTo("offline");
    // Both spellings are one hardware id.
    Fleet.register(muster, token, "10000000abcdef01").expect(200);
  }

  @Test
  @Tag("F014")
  void register_nameAndTagsOfTheToken_winOverTheAgents() {
    String token =
        Fleet.token(muster, Map.of("suggested_name", "given", "suggested_tags", List.of("a")));
    TestReply reply =
        Fleet.register(muster, token, hardware(), Map.of("name", "own", "tags", List.of("b")));
    assertThat(nameOf(reply)).isEqualTo("given");
    assertThat(Fleet.device(muster, reply.text("device_id")).at("tags").toString())
        .isEqualTo("[\"a\"]");
  }

  @Test
  @Tag("F014")
  void register_nothingToNameItBy_takesTheHostNameElseAWord() {
    assertThat(nameOf(register(Map.of("hostname", "web-17")))).isEqualTo("web-17");
    assertThat(nameOf(register(Map.of()))).isEqualTo("device");
  }

  @Test
  @Tag("F014")
  void register_hostNameLongerThanANameMayBe_isShortened() {
    assertThat(nameOf(register(Map.of("hostname", "h".repeat(255))))).isEqualTo("h".repeat(128));
  }

  @Test
  @Tag("F014")
  void register_nameThatIsTaken_getsASuffix() {
    assertThat(nameOf(register(Map.of("name", "twin")))).isEqualTo("twin");
    assertThat(nameOf(register(Map.of("name", "twin")))).isEqualTo("twin-2");
    assertThat(nameOf(register(Map.of("name", "TWIN")))).isEqualTo("TWIN-3");
  }

  @Test
  @Tag("F014")
  void register_longestNameThatIsTaken_isCutBetweenCharactersForTheSuffix() {
    String name = "n" + "😀".repeat(127);
    assertThat(nameOf(register(Map.of("name", "x")))).isEqualTo("x");
    String token = Fleet.token(muster, Map.of("suggested_name", name));
    assertThat(nameOf(Fleet.register(muster, token, hardware()))).isEqualTo(name);
    String again = Fleet.token(muster, Map.of("suggested_name", name));
    assertThat(nameOf(Fleet.register(muster, again, hardware())))
        .startsWith("n😀😀")
        .endsWith("😀-2")
        .satisfies(cut -> assertThat(cut.codePointCount(0, cut.length())).isLessThanOrEqualTo(128));
  }

  @Test
  @Tag("F014")
  void register_crowdOfOneName_getsADifferentOneEach() {
    List<String> names =
        IntStream.range(0, 23).mapToObj(i -> nameOf(register(Map.of("name", "crowd")))).toList();
    assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.startsWith("crowd"));
  }

  @Test
  @Tag("F014")
  void register_factsWithControlCharacters_areMadeHarmless() {
    TestReply reply = register(Map.of("hostname", "evil\u001b[2Jhost\u202e", "hw_kind", "p\ni"));
    TestReply device = Fleet.device(muster, reply.expect(200).text("device_id"));
    assertThat(device.text("hostname")).isEqualTo("evil[2Jhost");
    assertThat(device.text("device_type")).isEqualTo("pi");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"hardware_id\":\"h\"}                                        | enrollment_token",
        "{\"enrollment_token\":7,\"hardware_id\":\"h\"}                 | enrollment_token",
        "{\"enrollment_token\":null,\"hardware_id\":\"h\"}              | enrollment_token",
        "{\"enrollment_token\":\"TOKEN\"}                               | hardware_id",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"\"}          | hardware_id",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":5}             | hardware_id",
        "{\"enrollment_token\":\"TOKEN\",\"hw_id\":[]}                  | hw_id",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"h\",\"tags\":\"a\"} | tags",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"h\",\"tags\":[\"\"]} | tags[0]",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"h\",\"name\":\"\"}  | name",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"h\",\"name\":{}}    | name",
        "{\"enrollment_token\":\"TOKEN\",\"hardware_id\":\"h\",\"hostname\":1} | hostname",
        "{\"enrollment_token\":\"TOKEN\",                               | malformed JSON",
        "[\"TOKEN\"]                                                    | JSON object",
      })
  @Tag("F014")
  void register_badField_is400ThatNamesItAndLeavesTheTokenUsable(String body, String named) {
    String token = Fleet.token(muster, Map.of());
    TestReply reply =
        muster.anonymous().post("/v1/agent/register", body.replace("TOKEN", token)).expect(400);
    assertThat(reply.text("detail")).contains(named).doesNotContain(token);
    Fleet.register(muster, token, hardware()).expect(200);
  }

  @Test
  @Tag("F014")
  void register_body_mayHave16KiBAndNoMore() {
    String token = Fleet.token(muster, Map.of());
    String start =
        "{\"enrollment_token\":\"%s\",\"hardware_id\":\"%s\"".formatted(token, hardware());
    String tooLarge = start + " ".repeat(16 * 1024 - start.length()) + "}";
    TestReply refused = muster.anonymous().post("/v1/agent/register", tooLarge).expect(413);
    assertThat(refused.text("error")).isEqualTo("payload_too_large");
    muster.anonymous().post("/v1/agent/register", "{" + " ".repeat(1 << 20)).expect(413);
    String largest = start + " ".repeat(16 * 1024 - start.length() - 1) + "}";
    muster.anonymous().post("/v1/agent/register", largest).expect(200);
  }

  @Test
  @Tag("F014")
  void register_moreThan60AMinuteFromOneAddress_is429UntilTheTimeItSays() {
    muster.clock().hold();
    try {
      Fleet.afterTheRateLimit(muster);
      for (int i = 0; i < 60; i++) {
        Fleet.register(muster, "ekvent_x_y", hardware()).expect(401);
      }
      String token = Fleet.token(muster, Map.of());
      TestReply refused = Fleet.register(muster, token, hardware()).expect(429);
      assertThat(refused.text("error")).isEqualTo("too_many_requests");
      int seconds = Integer.parseInt(refused.header("Retry-After"));
      assertThat(seconds).isBetween(1, 60);
      muster.clock().advance(Duration.ofSeconds(seconds));
      Fleet.register(muster, token, hardware()).expect(200);
    } finally {
      muster.clock().goOn();
    }
  }

  @Test
  @Tag("F014")
  void register_withACredentialOfSomebody_needsTheTokenAllTheSame() {
    muster
        .admin()
        .post("/v1/agent/register", Map.of("enrollment_token", "ekvent_x_y", "hardware_id", "h"))
        .expect(401);
  }

  @Test
  @Tag("F015")
  void register_hardwareIdOfAnOfflineDevice_givesItBackAndKillsTheOldCredential() {
    FakeDevice device = Fleet.enroll(muster, "phoenix", "keep");
    device.connect().close();
    Awaitility.await().until(() -> Fleet.status(muster, device).equals("offline"));
    String token = Fleet.token(muster, Map.of("suggested_tags", List.of("more")));
    TestReply again = Fleet.register(muster, token, device.hardwareId()).expect(200);
    assertThat(again.text("device_id")).isEqualTo(device.id());
    TestReply known = Fleet.device(muster, device.id());
    assertThat(known.text("name")).isEqualTo("phoenix");
    assertThat(known.at("tags").toString()).isEqualTo("[\"keep\",\"more\"]");
    assertThat(handshake(device.token())).isEqualTo(401);
    assertThat(handshake(again.text("auth_token"))).isEqualTo(101);
  }

  @Test
  @Tag("F015")
  void register_deniedMachine_waitsForApproval() {
    FakeDevice device = muster.pair("denied");
    decide(device, "deny");
    TestReply again =
        Fleet.register(muster, Fleet.token(muster, Map.of()), device.hardwareId()).expect(200);
    assertThat(again.text("device_id")).isEqualTo(device.id());
    assertThat(Fleet.device(muster, device.id()).text("approval")).isEqualTo("pending");
    assertThat(handshake(again.text("auth_token"))).isEqualTo(403);
    decide(device, "approve");
    assertThat(handshake(again.text("auth_token"))).isEqualTo(101);
  }

  @Test
  @Tag("F010")
  @Tag("F015")
  void register_again_afterTheDeviceWasTurnedAway_givesNoCredential() {
    for (String step : List.of("revoke-token", "block")) {
      String token = Fleet.token(muster, Map.of("suggested_name", "lost-" + step));
      String hardware = hardware();
      TestReply first = Fleet.register(muster, token, hardware).expect(200);
      decide(FakeDevice.of(muster, first, hardware), step);
      boolean blocked = step.equals("block");
      TestReply again = Fleet.register(muster, token, hardware).expect(blocked ? 403 : 409);
      assertThat(again.text("detail")).contains(blocked ? "is blocked" : "was used already");
    }
  }

  private static void decide(FakeDevice device, String step) {
    muster.admin().post("/api/devices/" + device.id() + "/" + step, Map.of()).expect(200);
  }

  private static int handshake(String token) {
    return AgentSocket.statusOf(deviceSocket(), Map.of("Authorization", "Bearer " + token));
  }

  @Test
  @Tag("F015")
  void register_sameMachineWithItsOwnNameSuggested_keepsIt() {
    FakeDevice device = Fleet.enroll(muster, "same");
    Fleet.enroll(muster, "other");
    String same = Fleet.token(muster, Map.of("suggested_name", "same"));
    assertThat(nameOf(Fleet.register(muster, same, device.hardwareId()))).isEqualTo("same");
    String taken = Fleet.token(muster, Map.of("suggested_name", "other"));
    assertThat(nameOf(Fleet.register(muster, taken, device.hardwareId()))).isEqualTo("other-2");
  }

  @Test
  @Tag("F015")
  void register_hardwareIdOfAnOnlineDevice_is409AndTheTokenStaysUsable() {
    try (FakeDevice device = muster.enroll("online").connect()) {
      String token = Fleet.token(muster, Map.of());
      TestReply refused = Fleet.register(muster, token, device.hardwareId()).expect(409);
      assertThat(refused.text("detail")).contains("hardware_id", device.id());
      assertThat(device.isOpen()).isTrue();
      assertThat(Fleet.status(muster, device)).isEqualTo("online");
      Fleet.register(muster, token, hardware()).expect(200);
    }
  }

  @Test
  @Tag("F015")
  void register_hardwareId_isOpaqueAndAtMost255Characters() {
    String longest = "é/".repeat(127) + "x";
    String token = Fleet.token(muster, Map.of());
    TestReply first = Fleet.register(muster, token, longest).expect(200);
    TestReply other =
        Fleet.register(muster, Fleet.token(muster, Map.of()), longest.toUpperCase(Locale.ROOT))
            .expect(200);
    assertThat(other.text("device_id")).isNotEqualTo(first.text("device_id"));
    TestReply tooLong =
        Fleet.register(muster, Fleet.token(muster, Map.of()), longest + "x").expect(400);
    assertThat(tooLong.text("detail")).contains("hardware_id");
  }

  @Test
  @Tag("F015")
  void connect_clonedDisk_isRefusedWhileTheFirstMachineAnswersAndIsAudited() {
    try (FakeDevice first = muster.enroll("original").connect();
        FakeDevice clone = first.cloned()) {
      openOnly(clone);
      clone.send(helloOf("another-boot"));
      assertThat(clone.awaitClose().code()).isEqualTo(4409);
      assertThat(first.isOpen()).isTrue();
      assertThat(Fleet.status(muster, first)).isEqualTo("online");
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(Fleet.audit(muster, first.id()))
                  .contains("device.clone_suspected denied"));
      // The first machine is none the worse for it.
      first.health(1.5, 2.5);
      Awaitility.await()
          .until(
              () -> Fleet.device(muster, first.id()).at("/health/cpu_percent").asDouble() == 1.5);
    }
  }

  @Test
  @Tag("F015")
  void connect_rebootedMachineWhoseOldConnectionIsDead_getsIn() throws Exception {
    FakeDevice device = muster.enroll("rebooted");
    AgentSocket old =
        AgentSocket.deaf(deviceSocket(), Map.of("Authorization", "Bearer " + device.token()));
    old.send(helloOf("first-boot"));
    Awaitility.await().until(() -> Fleet.status(muster, device).equals("online"));
    try (FakeDevice back = device.rebooted().connect()) {
      back.health(3.5, 4.5);
      Awaitility.await()
          .until(
              () -> Fleet.device(muster, device.id()).at("/health/cpu_percent").asDouble() == 3.5);
      assertThat(back.isOpen()).isTrue();
      assertThat(Fleet.audit(muster, device.id())).doesNotContain("device.clone_suspected denied");
    } finally {
      old.cut();
    }
  }

  @Test
  @Tag("F015")
  void connect_sameMachineAgain_replacesItsOldConnection() {
    FakeDevice device = muster.enroll("again");
    AgentSocket old = hello(device, "one-boot");
    AgentSocket young = hello(device, "one-boot");
    assertThat(old.awaitClose().code()).isEqualTo(4409);
    assertThat(young.isOpen()).isTrue();
    young.close();
  }

  private static AgentSocket hello(FakeDevice device, String bootId) {
    try {
      AgentSocket socket =
          AgentSocket.open(deviceSocket(), Map.of("Authorization", "Bearer " + device.token()));
      socket.send(helloOf(bootId));
      Awaitility.await().until(() -> Fleet.status(muster, device).equals("online"));
      return socket;
    } catch (WebSocketHandshakeException e) {
      throw new IllegalStateException(e);
    }
  }

  private static URI deviceSocket() {
    return URI.create("ws://127.0.0.1:" + muster.port() + "/device/ws");
  }

  private static void openOnly(FakeDevice device) {
    try {
      device.open();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String helloOf(String bootId) {
    return """
    {"jsonrpc":"2.0","id":1,"method":"device.hello","params":{"protocol":1,"boot_id":"%s",
     "capabilities":["bash"],"executions":[]}}\
    """
        .formatted(bootId);
  }
}
