package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Codes and their QR (F024, F030–F032).
class PairingCreateTest {
  private static final String QR = "/api/devices/pair/qr";

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  @Tag("F030")
  @Tag("F031")
  void create_withoutABody_givesSixDigitsForFiveMinutes() {
    TestReply reply =
        muster.admin().send("POST", Pairing.PATH, Optional.empty(), Map.of()).expect(200);
    assertThat(reply.text("code")).matches("[0-9]{6}");
    assertThat(reply.at("code").isTextual()).isTrue();
    assertThat(reply.text("expires_at"))
        .isEqualTo(
            muster.clock().instant().plusSeconds(300).truncatedTo(ChronoUnit.SECONDS).toString());
    assertThat(reply.text("qr_url")).isEqualTo(QR);
    assertThat(reply.text("pair_cmd"))
        .startsWith("muster-agent pair --host 127.0.0.1 --port " + muster.port())
        .contains(" --code " + reply.text("code") + " --pin sha256/");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  @Tag("F030")
  void create_isOnRecordWithoutTheCode() {
    TestReply reply = Pairing.create(muster, Map.of("auto_approve", true));
    JsonNode row = Pairing.audit(muster, "pairing.create").getFirst();
    assertThat(row.path("target").asText()).isEqualTo(reply.text("id"));
    assertThat(row.path("detail").path("auto_approve").asText()).isEqualTo("true");
    assertThat(row.toString()).doesNotContain(reply.text("code"));
  }

  @Test
  @Tag("F030")
  void create_theSixth_pushesOutTheOldestOfTheSameCallerOnly() {
    TestClient other = muster.withRole("admin");
    String others = other.post(Pairing.PATH, Map.of()).expect(200).text("code");
    TestClient admin = muster.withRole("admin");
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      codes.add(admin.post(Pairing.PATH, Map.of()).expect(200).text("code"));
    }
    assertThat(codes).doesNotHaveDuplicates();
    Pairing.claim(muster, codes.getFirst(), "hw-pushed-out").expect(404);
    for (String code : codes.subList(1, 6)) {
      Pairing.claim(muster, code, "hw-" + code).expect(200);
    }
    Pairing.claim(muster, others, "hw-other").expect(200);
  }

  @Test
  @Tag("F030")
  @Tag("F024")
  void create_isForAdministratorsWithoutAScope() {
    for (String role : List.of("viewer", "operator")) {
      TestReply reply = muster.withRole(role).post(Pairing.PATH, Map.of()).expect(403);
      assertThat(reply.text("error")).isEqualTo("forbidden");
    }
    muster
        .withKey(Map.of("name", "fenced", "role", "admin", "scope", "tag:a"))
        .post(Pairing.PATH, Map.of())
        .expect(403);
    TestReply stranger = muster.anonymous().post(Pairing.PATH, Map.of()).expect(401);
    assertThat(stranger.text("error")).isEqualTo("unauthorized");
    assertThat(stranger.at("status").asInt()).isEqualTo(401);
    assertThat(stranger.text("message")).isNotEmpty();
    muster.anonymous().get(QR).expect(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"auto_approve\":\"yes\"}", "{\"auto_approve\":1}", "{\"ttl\":600}"})
  @Tag("F030")
  void create_withAWrongField_namesIt(String body) {
    TestReply reply = muster.admin().post(Pairing.PATH, body).expect(422);
    assertThat(reply.text("error")).isEqualTo("validation_error");
    assertThat(reply.text("message")).contains(body.substring(2, body.indexOf("\":")));
  }

  @Test
  @Tag("F032")
  @Tag("F033")
  void qr_inEachForm_saysWhereTheServerIsAndHowToKnowIt() throws IOException {
    TestReply created = Pairing.create(muster);
    TestReply png = qr("*/*");
    TestReply svg = qr("image/svg+xml,image/*;q=0.5");
    TestReply text = qr("text/plain");
    assertThat(png.header("Content-Type")).isEqualTo("image/png");
    assertThat(svg.header("Content-Type")).startsWith("image/svg+xml");
    assertThat(text.header("Content-Type")).startsWith("text/plain");
    for (TestReply reply : List.of(png, svg, text)) {
      assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    }
    String invitation = Qr.ofPng(png.bytes());
    assertThat(Qr.ofSvg(svg.body())).isEqualTo(invitation);
    assertThat(Qr.ofText(text.body())).isEqualTo(invitation);
    assertThat(invitation).startsWith("muster://pair?host=127.0.0.1&");
    Map<String, String> fields = Qr.fields(invitation);
    assertThat(fields)
        .containsEntry("port", Integer.toString(muster.port()))
        .containsEntry("code", created.text("code"))
        .containsEntry("ca", "sha256/" + muster.admin().get("/v1/server").text("ca_sha256"));
    assertThat(fields.get("secret")).hasSizeGreaterThanOrEqualTo(22);
  }

  private static TestReply qr(String accept) {
    return muster.admin().send("GET", QR, Optional.empty(), Map.of("Accept", accept)).expect(200);
  }

  @Test
  @Tag("F032")
  void qr_isOfTheCallersNewestOpenCode() throws IOException {
    TestClient admin = muster.withRole("admin");
    admin.get(QR).expect(404);
    admin.post(Pairing.PATH, Map.of()).expect(200);
    String first = code(admin);
    String second = admin.post(Pairing.PATH, Map.of()).expect(200).text("code");
    assertThat(code(admin)).isEqualTo(second);
    Pairing.claim(muster, second, "hw-newest").expect(200);
    assertThat(code(admin)).isEqualTo(first);
    muster.clock().advance(Duration.ofMinutes(5));
    TestReply none = admin.get(QR).expect(404);
    assertThat(none.text("error")).isEqualTo("not_found");
  }

  private static String code(TestClient client) throws IOException {
    return Qr.field(Qr.ofPng(client.get(QR).expect(200).bytes()), "code");
  }

  @Test
  @Tag("F030")
  void state_tellsWhatBecameOfACode() {
    TestReply used = Pairing.create(muster);
    TestReply left = Pairing.create(muster);
    String path = Pairing.PATH + "/" + used.text("id");
    assertThat(muster.admin().get(path).expect(200).text("status")).isEqualTo("open");
    assertThat(muster.admin().get(path).at("device_id").isNull()).isTrue();
    TestReply claimed = Pairing.claim(muster, used.text("code"), "hw-state").expect(200);
    assertThat(muster.admin().get(path).text("status")).isEqualTo("used");
    assertThat(muster.admin().get(path).text("device_id")).isEqualTo(claimed.text("device_id"));
    muster.clock().advance(Duration.ofMinutes(5));
    assertThat(muster.admin().get(Pairing.PATH + "/" + left.text("id")).text("status"))
        .isEqualTo("expired");
    muster.admin().get(Pairing.PATH + "/pair_none").expect(404);
  }
}
