package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which device serves a tool when none is named (F053–F056).
class SnippbotRoutingTest {
  private static final String ROUTING = "/api/devices/routing";

  private TestMuster muster;
  private FakeDevice first;
  private FakeDevice second;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
    List<FakeDevice> byId =
        Stream.of(muster.enroll("one"), muster.enroll("two"))
            .sorted(Comparator.comparing(FakeDevice::id))
            .toList();
    first = byId.get(0);
    second = byId.get(1);
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    muster.close();
  }

  private TestReply prefer(String body) {
    return muster.admin().send("PUT", ROUTING + "/preferences/bash", Optional.of(body), Map.of());
  }

  private TestReply explain() {
    return muster.admin().get(ROUTING + "/explain?tool=bash").expect(200);
  }

  @Test
  @Tag("F053")
  @Tag("F055")
  void preference_isSetReplacedAndShown() {
    TestReply empty = muster.admin().get(ROUTING).expect(200);
    assertThat(empty.text("default")).isEqualTo("auto");
    assertThat(empty.at("preferences")).isEmpty();
    TestReply set = prefer("{\"device_id\":\"%s\"}".formatted(first.id())).expect(200);
    assertThat(set.text("tool")).isEqualTo("bash");
    assertThat(set.at("fallback").asBoolean()).isTrue();
    prefer("{\"device_id\":\"%s\",\"fallback\":false}".formatted(second.id())).expect(200);
    TestReply config = muster.admin().get(ROUTING).expect(200);
    assertThat(config.at("preferences")).hasSize(1);
    assertThat(config.at("/preferences/0/device_id").asText()).isEqualTo(second.id());
    muster.admin().delete("/api/devices/" + second.id()).expect(204);
    assertThat(muster.admin().get(ROUTING).at("preferences")).as("goes with it").isEmpty();
  }

  @Test
  @Tag("F055")
  void preference_forWhatIsNotThere_isRefused() {
    prefer("{\"device_id\":\"dev_none\"}").expect(404);
    prefer("{\"group_id\":\"group_none\"}").expect(404);
    prefer("{}").expect(422);
    muster
        .admin()
        .send(
            "PUT",
            ROUTING + "/preferences/No%20Tool",
            Optional.of("{\"device_id\":\"%s\"}".formatted(first.id())),
            Map.of())
        .expect(422);
    first.connect();
    muster
        .admin()
        .send(
            "PUT",
            ROUTING + "/preferences/juggle",
            Optional.of("{\"device_id\":\"%s\"}".formatted(first.id())),
            Map.of())
        .expect(422);
  }

  @Test
  @Tag("F056")
  void preference_isClearedAsOftenAsOneLikes() {
    prefer("{\"device_id\":\"%s\"}".formatted(first.id())).expect(200);
    muster.admin().delete(ROUTING + "/preferences/bash").expect(204);
    muster.admin().delete(ROUTING + "/preferences/bash").expect(204);
    assertThat(muster.admin().get(ROUTING).at("preferences")).isEmpty();
  }

  @Test
  @Tag("F054")
  void explain_namesEachCandidatesReasons() {
    first.connect();
    second.connect();
    TestReply reply = explain();
    assertThat(reply.text("selected")).isEqualTo(first.id());
    assertThat(reply.text("reason")).isEqualTo("least_loaded");
    assertThat(reply.at("/candidates/0/reasons").toString())
        .isEqualTo("[\"online\",\"has_capability:bash\",\"queue_depth:0\"]");
    muster
        .admin()
        .post(
            "/v1/devices/" + first.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("command", "sleep 9")))
        .expect(201);
    assertThat(explain().text("selected")).as("the other has less to do").isEqualTo(second.id());
    prefer("{\"device_id\":\"%s\"}".formatted(first.id())).expect(200);
    assertThat(explain().text("selected")).isEqualTo(first.id());
    assertThat(explain().text("reason")).isEqualTo("preference");
    muster.admin().get(ROUTING + "/explain").expect(422);
  }

  @Test
  @Tag("F054")
  void execute_repeatedWithItsKey_staysWhereItWas() {
    first.connect();
    second.connect();
    String body = "{\"tool\":\"bash\",\"args\":{\"command\":\"true\"}}";
    Map<String, String> headers = Map.of("Idempotency-Key", "once", "Prefer", "respond-async");
    TestReply made = route(body, headers).expect(202);
    assertThat(made.text("device_id")).isEqualTo(first.id());
    assertThat(explain().text("selected")).as("has less to do by now").isEqualTo(second.id());
    TestReply again = route(body, headers).expect(202);
    assertThat(again.text("execution_id")).isEqualTo(made.text("execution_id"));
  }

  private TestReply route(String body, Map<String, String> headers) {
    return muster.admin().send("POST", "/api/devices/execute", Optional.of(body), headers);
  }

  @Test
  @Tag("F054")
  void explain_pendingDevice_isNotSelected_andSaysWhy() {
    first.connect();
    FakeDevice pending = muster.pair("pending");
    prefer("{\"device_id\":\"%s\"}".formatted(pending.id())).expect(200);
    TestReply reply = explain();
    assertThat(reply.text("selected")).isEqualTo(first.id());
    assertThat(reply.text("/candidates/1/device_id")).isEqualTo(pending.id());
    assertThat(reply.text("/candidates/1/reasons/0")).isEqualTo("pending");
  }

  /// Nobody knows whether it is still there, so that it is not offline.
  @Test
  @Tag("F054")
  void explain_blockedDevice_isNoCandidate_howeverSoonItWouldBeBack() {
    first.connect();
    second.connect();
    muster.restart();
    muster.admin().post("/api/devices/" + second.id() + "/block", Map.of()).expect(200);
    assertThat(explain().at("candidates")).hasSize(1);
    assertThat(explain().text("selected")).isEqualTo(first.id());
  }

  @Test
  @Tag("F054")
  @Tag("F055")
  void explain_groupPreference_prefersItsMembers() {
    first.connect();
    second.connect();
    String group =
        muster
            .admin()
            .post("/api/device-groups", Map.of("name", "preferred"))
            .expect(201)
            .text("id");
    muster
        .admin()
        .post("/api/device-groups/" + group + "/members/" + second.id(), Map.of())
        .expect(200);
    prefer("{\"group_id\":\"%s\"}".formatted(group)).expect(200);
    assertThat(explain().text("selected")).isEqualTo(second.id());
    TestReply within =
        muster.admin().get(ROUTING + "/explain?tool=bash&group=" + group).expect(200);
    assertThat(within.at("candidates")).hasSize(1);
    TestReply one =
        muster.admin().get(ROUTING + "/explain?tool=bash&device_id=" + first.id()).expect(200);
    assertThat(one.text("/candidates/0/device_id")).isEqualTo(first.id());
  }

  @Test
  @Tag("F054")
  void tools_goByTheNamesOfOtherAgentsToo() {
    first.connect();
    second.withTools("execution.bash").connect();
    muster
        .admin()
        .send(
            "PUT",
            ROUTING + "/preferences/execution.bash",
            Optional.of("{\"device_id\":\"%s\"}".formatted(second.id())),
            Map.of())
        .expect(200);
    assertThat(explain().at("candidates")).hasSize(2);
    assertThat(explain().text("selected")).isEqualTo(second.id());
  }

  @Test
  @Tag("F054")
  void explain_preferredDeviceAway_fallsBackOrSaysWhyNot() {
    second.connect();
    prefer("{\"device_id\":\"%s\"}".formatted(first.id())).expect(200);
    assertThat(explain().text("selected")).isEqualTo(second.id());
    prefer("{\"device_id\":\"%s\",\"fallback\":false}".formatted(first.id())).expect(200);
    TestReply none = explain();
    assertThat(none.at("selected").isNull()).isTrue();
    assertThat(none.text("reason")).contains("has no fallback");
  }

  @Test
  @Tag("F054")
  void execute_withoutADevice_goesWhereExplainSays() {
    first.connect();
    second.connect();
    prefer("{\"device_id\":\"%s\"}".formatted(second.id())).expect(200);
    Map<String, Object> body = Map.of("tool", "bash", "args", Map.of("command", "true"));
    CompletableFuture<TestReply> waiting =
        CompletableFuture.supplyAsync(
            () -> muster.admin().post("/api/devices/execute", body),
            task -> Thread.ofVirtual().start(task));
    second.complete("here");
    TestReply reply = waiting.join().expect(200);
    assertThat(reply.text("device_id")).isEqualTo(second.id());
    assertThat(reply.text("output")).isEqualTo("here");
    first.close();
    second.close();
    Awaitility.await().until(() -> explain().at("selected").isNull());
    muster.admin().post("/api/devices/execute", body).expect(409);
  }
}
