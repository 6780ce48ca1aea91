package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two audiences, one server: plain callers get the page's errors, clients of Connect the
/// standard's.
class FleetdErrorsTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster =
        TestMuster.start(config ->
            config.withRpc(new Config.Rpc(true, true, List.of("https://console.example.org"))));
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply send(String method, String rpc, String body, Map<String, String> more) {
    return muster.admin().send(method, Rpc.path(rpc), Optional.of(body), more);
  }

  @Test
  @Tag("F073")
  @DisplayName("F073: the page's block, key by key")
  void plain_pagesBlock() {
    TestReply reply =
        Rpc.call(muster.withRole("operator"), "DeleteDevice", Map.of("device_id", "x")).expect(403);
    assertThat(reply.header("content-type")).startsWith("application/json");
    assertThat(reply.json().fieldNames())
        .toIterable()
        .containsExactly("code", "message", "details");
    assertThat(reply.text("code")).isEqualTo("PERMISSION_DENIED");
    assertThat(reply.text("message")).isEqualTo("User does not have permission device:delete");
    assertThat(reply.at("details").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("request_id", "user_id", "permission");
  }

  @Test
  @Tag("F073")
  @DisplayName("F073: a client of Connect gets code and details in the standard's form")
  void connect_standard() {
    TestReply reply =
        Rpc.connect(muster.withRole("operator"), "DeleteDevice", Map.of("device_id", "x"))
            .expect(403);
    assertThat(reply.text("code")).isEqualTo("permission_denied");
    assertThat(reply.at("details").isArray()).isTrue();
    assertThat(reply.text("/details/0/type")).isEqualTo("google.rpc.ErrorInfo");
    assertThat(reply.at("/details/0/debug/metadata/permission").asText("device:delete"))
        .isEqualTo("device:delete");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | GetDevice | {\"device_id\":7} | 400 | INVALID_ARGUMENT | device_id: \"7\"",
        "POST | ListDevices | {\"page_size\":\"x\"} | 400 | INVALID_ARGUMENT | page_size: \"x\"",
        "POST | ListDevices | [] | 400 | INVALID_ARGUMENT | message",
        "POST | GetDevice | {\"device_id\":\"none\"} | 404 | NOT_FOUND | device not found",
        "PUT | ListDevices | {} | 405 | UNIMPLEMENTED | method not allowed",
        "POST | NoSuchMethod | {} | 404 | UNIMPLEMENTED | no such method"
      })
  @Tag("F074")
  @Tag("F075")
  @DisplayName("F074, F075: each refusal says what and why, and which request it was")
  void plain_refusals(
      String method, String rpc, String body, int status, String code, String said) {
    TestReply reply = send(method, rpc, body, Map.of());
    assertThat(reply.status()).as(reply.body()).isEqualTo(status);
    assertThat(reply.text("code")).isEqualTo(code);
    assertThat(reply.text("message")).contains(said);
    assertThat(reply.text("/details/request_id")).isEqualTo(reply.header("x-request-id"));
  }

  @Test
  @Tag("F074")
  @DisplayName("F074: what is no JSON and no protobuf is 415, with the types that are taken")
  void otherTypes() {
    TestReply reply =
        send(
            "POST",
            "ListDevices",
            "a=b",
            Map.of("Content-Type", "application/x-www-form-urlencoded"));
    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.header("accept-post")).contains("application/json", "application/proto");
    assertThat(reply.text("code")).isEqualTo("INVALID_ARGUMENT");
  }

  @Test
  @Tag("F122")
  @DisplayName("F122: version 2 is not served, and version 1 is named")
  void version2() {
    TestReply reply =
        muster
            .admin()
            .send("POST", "/fleetd.v2.DeviceService/ListDevices", Optional.of("{}"), Map.of())
            .expect(404);
    assertThat(reply.text("code")).isEqualTo("UNIMPLEMENTED");
    assertThat(reply.text("message")).contains("/fleetd.v1.DeviceService/ListDevices");
  }

  @Test
  @Tag("F072")
  @DisplayName("F072: the key may stand in X-API-Key")
  void apiKey() {
    TestReply reply =
        muster
            .anonymous()
            .send(
                "POST",
                Rpc.path("ListDevices"),
                Optional.of("{}"),
                Map.of("X-API-Key", muster.adminKey()));
    assertThat(reply.status()).isEqualTo(200);
    TestReply two = send("POST", "ListDevices", "{}", Map.of("X-API-Key", "mk_other_key"));
    assertThat(two.status()).isEqualTo(401);
    assertThat(two.text("message")).contains("two credentials");
    assertThat(
            muster
                .anonymous()
                .send(
                    "GET", "/v1/devices", Optional.empty(), Map.of("X-API-Key", muster.adminKey()))
                .status())
        .isEqualTo(200);
  }

  @Test
  @Tag("F124")
  @DisplayName("F124: X-Debug shows administrators what a call took, and nobody else")
  void debug_forAdministrators() {
    TestReply reply = send("POST", "ListDevices", "{}", Map.of("X-Debug", "true"));
    assertThat(reply.header("server-timing"))
        .startsWith("total;dur=")
        .contains("sql-1;dur=", "desc=\"select");
    TestReply failed =
        send("POST", "GetDevice", "{\"device_id\":\"none-such\"}", Map.of("X-Debug", "true"));
    assertThat(failed.status()).isEqualTo(404);
    assertThat(failed.text("/details/debug"))
        .contains(" ms ", "select")
        .doesNotContain("none-such");
    assertThat(
            muster
                .withRole("operator")
                .send("POST", Rpc.path("ListDevices"), Optional.of("{}"), Map.of("X-Debug", "true"))
                .header("server-timing"))
        .isEmpty();
    assertThat(send("POST", "ListDevices", "{}", Map.of()).header("server-timing")).isEmpty();
    assertThat(muster.admin().get("/v1/audit?action=debug").expect(200).at("entries")).isNotEmpty();
  }

  @Test
  @Tag("F068")
  @DisplayName("F068: pages of allowed origins may call, and read the limits' headers; others not")
  void cors() {
    Map<String, String> preflight =
        Map.of(
            "Origin",
            "https://console.example.org",
            "Access-Control-Request-Method",
            "POST",
            "Access-Control-Request-Headers",
            "authorization,connect-protocol-version");
    TestReply asked =
        muster.anonymous().send("OPTIONS", Rpc.path("ListDevices"), Optional.empty(), preflight);
    assertThat(asked.status()).isEqualTo(204);
    assertThat(asked.header("access-control-allow-origin"))
        .isEqualTo("https://console.example.org");
    assertThat(asked.header("access-control-allow-headers")).contains("authorization", "x-api-key");
    TestReply called =
        send("POST", "ListDevices", "{}", Map.of("Origin", "https://console.example.org"));
    assertThat(called.header("access-control-expose-headers")).contains("x-request-id");
    TestReply stranger =
        send("POST", "ListDevices", "{}", Map.of("Origin", "https://evil.example"));
    assertThat(stranger.header("access-control-allow-origin")).isEmpty();
  }
}
