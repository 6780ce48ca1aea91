package muster.it.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhooksTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static TestMuster muster;

  private Receiver receiver;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void listen() {
    receiver = new Receiver();
  }

  @AfterEach
  void forget() {
    for (JsonNode webhook : muster.admin().get("/api/webhooks").expect(200).at("webhooks")) {
      muster.admin().delete("/api/webhooks/" + webhook.path("id").asText()).expect(204);
    }
    receiver.close();
  }

  private Map<String, Object> webhook(String... events) {
    Map<String, Object> body = new HashMap<>();
    body.put("url", receiver.url());
    body.put("events", List.of(events));
    return body;
  }

  private static TestReply create(Map<String, ?> body) {
    return muster.admin().post("/api/webhooks", body).expect(201);
  }

  private static JsonNode deliveries(String webhook) {
    return muster
        .admin()
        .get("/api/webhooks/" + webhook + "/deliveries")
        .expect(200)
        .at("deliveries");
  }

  private static void awaitState(String webhook, String state) {
    await()
        .atMost(WITHIN)
        .untilAsserted(() ->
            assertThat(deliveries(webhook).path(0).path("state").asText())
                .as(deliveries(webhook).toString())
                .isEqualTo(state));
  }

  private void awaitCame(int count) {
    await().atMost(WITHIN).until(() -> receiver.came.size() >= count);
  }

  @Test
  @Tag("F119")
  @DisplayName("F119: the page's configuration is taken; secrets are not shown again")
  void pagesConfiguration_isTaken() {
    TestReply made =
        muster
            .admin()
            .send(
                "POST",
                "/api/webhooks",
                Optional.of(
                    """
                    {
                      "url": "%s",
                      "events": ["device.offline", "deployment.failed", "update.available"],
                      "headers": {
                        "X-Webhook-Secret": "your-secret"
                      },
                      "retry": {
                        "max_attempts": 3,
                        "backoff": "exponential"
                      }
                    }
                    """
                        .formatted(receiver.url())),
                Map.of("Content-Type", "application/json"))
            .expect(201);
    assertThat(made.text("secret")).startsWith("whsec_");
    String id = made.text("id");
    TestReply shown = muster.admin().get("/api/webhooks/" + id).expect(200);
    assertThat(shown.body()).doesNotContain("your-secret", "whsec_");
    assertThat(shown.at("header_names").toString()).isEqualTo("[\"X-Webhook-Secret\"]");
    assertThat(shown.at("/retry/max_attempts").asInt()).isEqualTo(3);

    TestReply changed =
        muster
            .admin()
            .patch("/api/webhooks/" + id, Map.of("events", List.of("device.*"), "enabled", false))
            .expect(200);
    assertThat(changed.at("/events/0").asText()).isEqualTo("device.*");
    assertThat(changed.at("/retry/max_attempts").asInt()).isEqualTo(3);
    assertThat(changed.text("disabled_reason")).startsWith("by ");
    muster.admin().delete("/api/webhooks/" + id).expect(204);
    muster.admin().get("/api/webhooks/" + id).expect(404);
  }

  @Test
  @Tag("F120")
  @DisplayName("F120: the payload is the page's; anybody can check who signed it")
  void payload_isThePages_andSigned() throws Exception {
    Map<String, Object> body = webhook("device.offline");
    body.put("headers", Map.of("X-Webhook-Secret", "your-secret"));
    TestReply made = create(body);
    FakeDevice device = muster.enroll("rpi-001").connect();
    await().until(() -> presence(device).equals("online"));
    device.close();
    muster.clock().advance(Duration.ofMinutes(2));
    awaitCame(1);

    Receiver.Came came = receiver.came.getFirst();
    JsonNode json = came.json();
    assertThat(json.path("event").asText()).isEqualTo("device.offline");
    assertThat(json.path("timestamp").asText()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
    assertThat(json.at("/data/device_id").asText()).isEqualTo(device.id());
    assertThat(json.at("/data/last_seen").asText()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
    assertThat(came.headers().getFirst("X-Webhook-Secret")).isEqualTo("your-secret");
    assertThat(came.headers().getFirst("Content-Type")).startsWith("application/json");
    assertThat(came.headers().getFirst("webhook-signature"))
        .isEqualTo(signature(made.text("secret"), came));

    String renewed =
        muster
            .admin()
            .post("/api/webhooks/" + made.text("id") + "/secret", Map.of())
            .expect(200)
            .text("secret");
    muster.admin().post("/api/webhooks/" + made.text("id") + "/test", Map.of()).expect(200);
    Receiver.Came after = receiver.of("webhook.test").getFirst();
    assertThat(after.headers().getFirst("webhook-signature"))
        .as("for a day with both")
        .isEqualTo(signature(renewed, after) + " " + signature(made.text("secret"), after));
  }

  private static String presence(FakeDevice device) {
    return muster.admin().get("/v1/devices/" + device.id()).expect(200).text("/presence/state");
  }

  /// As the text of Standard Webhooks says, by the JDK alone.
  private static String signature(String secret, Receiver.Came came)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "H"));
    String signed =
        came.id() + "." + came.headers().getFirst("webhook-timestamp") + "." + came.body();
    return "v1,"
        + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  @Tag("F120")
  @DisplayName("F120: what is not taken comes again under the same id, later each time")
  void whatIsNotTaken_comesAgain() {
    receiver.says.addAll(
        List.of(
            Receiver.Says.status(500),
            Receiver.Says.status(302),
            new Receiver.Says(503, "Retry-After", "600")));
    String webhook = create(webhook("device.registered")).text("id");
    muster.enroll("again");
    for (int attempt = 1; attempt <= 3; attempt++) {
      int many = attempt;
      await()
          .atMost(WITHIN)
          .until(() -> deliveries(webhook).path(0).path("attempts").asInt() == many);
      assertThat(receiver.came).hasSize(many);
      if (attempt < 3) {
        muster.clock().advance(Duration.ofSeconds(5));
      }
    }
    JsonNode waiting = deliveries(webhook).path(0);
    assertThat(waiting.path("state").asText()).isEqualTo("pending");
    assertThat(waiting.at("/last_attempt/status").asInt()).isEqualTo(503);
    assertThat(waiting.at("/last_attempt/response").asText()).isEqualTo("thanks");
    muster.clock().advance(Duration.ofSeconds(590));
    muster.clock().advance(Duration.ofSeconds(20));
    awaitState(webhook, "delivered");
    assertThat(receiver.came.stream().map(Receiver.Came::id).distinct()).hasSize(1);
    assertThat(receiver.came.stream().map(Receiver.Came::body).distinct()).hasSize(1);
  }

  @Test
  @Tag("F120")
  @DisplayName(
      "F120: max_attempts counts the first; a refusal is not asked again; both can be redelivered")
  void givenUp_canBeRedelivered() {
    Map<String, Object> body = webhook("device.registered");
    body.put("retry", Map.of("max_attempts", 2, "backoff", "exponential"));
    receiver.says.addAll(List.of(Receiver.Says.status(500), Receiver.Says.status(500)));
    String webhook = create(body).text("id");
    muster.enroll("one");
    await().atMost(WITHIN).until(() -> deliveries(webhook).path(0).path("attempts").asInt() == 1);
    muster.clock().advance(Duration.ofSeconds(5));
    awaitState(webhook, "failed");
    assertThat(receiver.came).hasSize(2);

    String delivery = deliveries(webhook).path(0).path("id").asText();
    String path = "/api/webhooks/" + webhook + "/deliveries/" + delivery;
    muster.admin().post(path + "/redeliver", Map.of()).expect(202);
    awaitState(webhook, "delivered");
    assertThat(receiver.came.getLast().id()).isEqualTo(delivery);

    receiver.says.add(Receiver.Says.status(400));
    muster.enroll("two");
    awaitState(webhook, "failed");
    assertThat(receiver.came).hasSize(4);
    assertThat(deliveries(webhook).path(0).at("/last_attempt/error").asText())
        .isEqualTo("it answered 400 (expected: 200..299)");
  }

  @Test
  @Tag("F120")
  @DisplayName("F120: 410 turns it off; what is pending waits and goes when it is on again")
  void gone_turnsItOff() {
    receiver.says.add(Receiver.Says.status(410));
    String webhook = create(webhook("device.registered")).text("id");
    muster.enroll("gone");
    awaitState(webhook, "failed");
    TestReply off = muster.admin().get("/api/webhooks/" + webhook).expect(200);
    assertThat(off.at("enabled").asBoolean()).isFalse();
    assertThat(off.text("disabled_reason")).isEqualTo("the receiver answered 410 Gone");
    muster.enroll("unheard");
    muster.admin().patch("/api/webhooks/" + webhook, Map.of("enabled", true)).expect(200);
    muster.enroll("heard");
    await().atMost(WITHIN).until(() -> receiver.came.size() == 2);
    assertThat(receiver.came.getLast().json().at("/data/device_name").asText()).isEqualTo("heard");
  }

  @ParameterizedTest
  @Tag("F120")
  @DisplayName("F120: an address may be written in any way")
  @ValueSource(strings = {"[::1]", "[0:0:0:0:0:0:0:1]", "localhost"})
  void addressOfAnyKind_isReached(String host) {
    try (Receiver there = new Receiver(host)) {
      Map<String, Object> body = webhook("device.registered");
      body.put("url", there.url());
      String id = create(body).text("id");
      TestReply tried = muster.admin().post("/api/webhooks/" + id + "/test", Map.of()).expect(200);
      assertThat(tried.text("state")).as(tried.body()).isEqualTo("delivered");
      assertThat(there.came.getFirst().headers().getFirst("Host")).contains(":");
    }
  }

  @Test
  @Tag("F120")
  @DisplayName("F120: a receiver that never answers delays no other")
  void deadReceiver_delaysNoOther() {
    try (Receiver dead = new Receiver()) {
      dead.silence = new CountDownLatch(1);
      Map<String, Object> there = webhook("device.registered");
      there.put("url", dead.url());
      create(there);
      create(webhook("device.registered"));
      for (int i = 0; i < 20; i++) {
        muster.enroll("busy-" + i);
      }
      awaitCame(20);
      assertThat(dead.came).as("still at the first ones").hasSizeLessThanOrEqualTo(8);
    }
  }

  @Test
  @Tag("F121")
  @DisplayName("F121: the page's events are told, and those of devices that match the filter")
  void events_areTold_asAskedFor() {
    Map<String, Object> body = webhook("*");
    body.put("filter", "name:wanted-*");
    create(body);
    String all = create(webhook("update.available", "deployment.*")).text("id");
    muster.enroll("unwanted");
    FakeDevice device = muster.enroll("wanted-1").withTools("install_update").connect();
    muster
        .admin()
        .post(
            "/fleetd.v1.UpdateService/CreateUpdate",
            Map.of(
                "name",
                "webhooks",
                "version",
                "1.0.0",
                "artifacts",
                List.of(
                    Map.of(
                        "platform",
                        "linux",
                        "url",
                        "https://updates.example/a",
                        "checksum",
                        "sha256:" + "ab".repeat(32),
                        "size_bytes",
                        10))))
        .expect(200);
    await().atMost(WITHIN).until(() -> receiver.of("update.available").size() == 1);
    await().atMost(WITHIN).until(() -> receiver.of("device.online").size() == 1);
    JsonNode update = receiver.of("update.available").getFirst().json();
    assertThat(update.at("/data/version").asText()).isEqualTo("1.0.0");
    assertThat(receiver.came.stream().map(came -> came.json().at("/data/device_id").asText()))
        .containsOnly(device.id(), "");

    String id = update.at("/data/update_id").asText();
    TestReply deployed =
        muster
            .admin()
            .post(
                "/fleetd.v1.UpdateService/DeployUpdate",
                Map.of("update_id", id, "device_ids", List.of(device.id())))
            .expect(200);
    FakeDevice.Delivery delivery = device.nextExecute();
    device.started(delivery);
    device.result(delivery.executionId(), ToolStatus.FAILED, 1);
    await()
        .atMost(WITHIN)
        .until(() ->
            Stream.of("deployment.failed", "deployment.rolling_back", "deployment.rolled_back")
                .anyMatch(event -> !receiver.of(event).isEmpty()));
    assertThat(receiver.of("deployment.started").getFirst().json().at("/data/deployment").asText())
        .isEqualTo(deployed.text("deploymentId"));
    assertThat(deliveries(all)).isNotEmpty();
  }

  @ParameterizedTest
  @Tag("F121")
  @CsvSource({
    "events, device.exploded",
    "events, *.offline",
    "url, ftp://127.0.0.1/x",
    "url, http://user:secret@127.0.0.1/x",
    "url, not a url",
    "filter, nonsense:[",
    "headers, Host",
    "headers, webhook-signature",
  })
  void mistakes_areNamed(String field, String value) {
    Map<String, Object> body = webhook("device.offline");
    body.put(
        field,
        switch (field) {
          case "events" -> List.of(value);
          case "headers" -> Map.of(value, "x");
          default -> value;
        });
    assertThat(muster.admin().post("/api/webhooks", body).expect(422).body()).contains(field);
  }

  @Test
  @Tag("F119")
  void headersWithLineEnds_areRefused_withoutTheirValue() {
    Map<String, Object> body = webhook("device.offline");
    body.put("headers", Map.of("X-A", "secret\r\nX-B: c"));
    assertThat(muster.admin().post("/api/webhooks", body).expect(422).body())
        .contains("X-A")
        .doesNotContain("secret");
    body.put("headers", Map.of());
    body.put("retry", Map.of("max_attempts", 0));
    assertThat(muster.admin().post("/api/webhooks", body).expect(422).body())
        .contains("retry.max_attempts");
  }

  /// As hostile/trust has it: names and numbers that are this machine, or a cloud's own.
  @ParameterizedTest
  @Tag("F119")
  @ValueSource(
      strings = {
        "http://127.0.0.1:%d/",
        "http://localhost:%d/",
        "http://[::1]:%d/",
        "http://[::ffff:127.0.0.1]:%d/",
        "https://127.0.0.1:%d/",
        "http://2130706433:%d/",
        "http://0.0.0.0:%d/",
        "http://169.254.169.254/",
        "https://10.0.0.1/",
        "https://[fd00::1]/"
      })
  void privateAddresses_areRefused_unlessAllowed(String url) {
    int port = URI.create(receiver.url()).getPort();
    try (TestMuster strict =
        TestMuster.start(config -> config.withWebhooks(new Config.Webhooks(List.of())))) {
      Map<String, Object> body = webhook("device.registered");
      body.put("url", url.formatted(port));
      assertThat(strict.admin().post("/api/webhooks", body).expect(422).body()).contains("url");
      assertThat(receiver.came).isEmpty();
    }
  }
}
