package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import muster.wire.ToolStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A tool on all members of a group (F063).
class SnippbotGroupExecuteTest extends GroupStory {
  private CompletableFuture<TestReply> execute(Map<String, ?> body) {
    return CompletableFuture.supplyAsync(
        () -> muster.admin().post(GROUPS + "/" + group + "/execute", body),
        task -> Thread.ofVirtual().start(task));
  }

  private static JsonNode part(TestReply reply, FakeDevice device) {
    for (JsonNode part : reply.at("results")) {
      if (part.path("device_id").asText().equals(device.id())) {
        return part;
      }
    }
    throw new AssertionError(device.id() + " is not in " + reply.body());
  }

  @Test
  @Tag("F063")
  void execute_runsOnAllThatAreOnline_andAccountsForEach() {
    FakeDevice good = member("good").connect();
    FakeDevice bad = member("bad").connect();
    FakeDevice away = member("away");
    FakeDevice blocked = member("blocked");
    muster.admin().post("/api/devices/" + blocked.id() + "/block", Map.of()).expect(200);
    CompletableFuture<TestReply> waiting = execute(UPDATE);
    good.complete("done");
    FakeDevice.Delivery delivery = bad.nextExecute();
    assertThat(delivery.execute().timeoutSeconds()).isEqualTo(300);
    bad.started(delivery);
    bad.result(delivery.executionId(), ToolStatus.COMPLETED, 100);
    TestReply reply = waiting.join().expect(200);
    assertThat(reply.text("group_id")).isEqualTo(group);
    assertThat(reply.text("execution_id")).startsWith("gexec_");
    assertThat(reply.text("status")).isEqualTo("completed");
    assertThat(reply.at("total").asInt()).isEqualTo(4);
    assertThat(reply.at("succeeded").asInt()).isEqualTo(1);
    assertThat(reply.at("failed").asInt()).isEqualTo(1);
    assertThat(reply.at("skipped").asInt()).isEqualTo(2);
    assertThat(part(reply, good).path("output").asText()).isEqualTo("done");
    assertThat(part(reply, bad).path("exit_code").asInt()).isEqualTo(100);
    assertThat(part(reply, away).path("error").asText()).isEqualTo("offline");
    assertThat(part(reply, blocked).path("error").asText()).isEqualTo("blocked");
    away.connect();
    assertThat(away.pollExecute(Duration.ofMillis(200))).as("never queued").isEmpty();
    String poll = GROUPS + "/" + group + "/executions/" + reply.text("execution_id");
    assertThat(muster.admin().get(poll).expect(200).json()).isEqualTo(reply.json());
  }

  @Test
  @Tag("F063")
  void execute_withACap_startsTheNextWhenOneHasEnded() {
    List<FakeDevice> members = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      members.add(member("m" + i).connect());
    }
    Map<String, Object> capped = new HashMap<>(UPDATE);
    capped.put("parallel", 2);
    CompletableFuture<TestReply> waiting = execute(capped);
    Deque<Turn> working = new ArrayDeque<>(List.of(Turn.of(members), Turn.of(members)));
    for (int more = 0; more < 2; more++) {
      assertThat(members)
          .as("two of them work")
          .noneMatch(member -> member.pollExecute(Duration.ofMillis(75)).isPresent());
      working.remove().end();
      working.add(Turn.of(members));
    }
    working.forEach(Turn::end);
    assertThat(waiting.join().expect(200).at("succeeded").asInt()).isEqualTo(4);
  }

  @Test
  @Tag("F063")
  void execute_withNobodyOnline_is409() {
    TestReply empty = execute(UPDATE).join().expect(409);
    assertThat(empty.text("message")).contains("no member that is online");
    member("away");
    execute(UPDATE).join().expect(409);
  }

  @Test
  @Tag("F063")
  void execute_fencedKey_reachesItsOwnDevicesOnly() {
    FakeDevice inside = member("inside").connect();
    member("outside").connect();
    muster
        .admin()
        .patch("/v1/devices/" + inside.id(), Map.of("tags", List.of("fence")))
        .expect(200);
    TestClient fenced =
        muster.withKey(Map.of("name", "fenced", "role", "operator", "scope", "tag:fence"));
    TestReply reply =
        fenced
            .send(
                "POST",
                GROUPS + "/" + group + "/execute",
                Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"true\"}}"),
                Map.of("Prefer", "respond-async"))
            .expect(202);
    assertThat(reply.at("results")).hasSize(1);
    assertThat(part(reply, inside).path("tool").asText()).isEqualTo("bash");
  }

  /// Begins on one device after the other.
  private String begin(TestClient caller) {
    String begun =
        caller
            .send(
                "POST",
                GROUPS + "/" + group + "/execute",
                Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"true\"},\"parallel\":1}"),
                Map.of("Prefer", "respond-async"))
            .expect(202)
            .text("execution_id");
    return GROUPS + "/" + group + "/executions/" + begun;
  }

  private record Turn(FakeDevice device, FakeDevice.Delivery delivery) {
    static Turn of(List<FakeDevice> members) {
      return Awaitility.await()
          .until(
              () ->
                  members.stream()
                      .flatMap(device ->
                          device
                              .pollExecute(Duration.ZERO)
                              .map(delivery -> new Turn(device, delivery))
                              .stream())
                      .findFirst(),
              Optional::isPresent)
          .orElseThrow();
    }

    FakeDevice other(List<FakeDevice> members) {
      return members.stream().filter(member -> member != device).findFirst().orElseThrow();
    }

    void end() {
      device.complete(delivery, "x");
    }
  }

  private static void requireSkipped(String poll, FakeDevice idle, String why) {
    Awaitility.await().until(() -> muster.admin().get(poll).text("status").equals("completed"));
    JsonNode skipped = part(muster.admin().get(poll), idle);
    assertThat(skipped.path("status").asText()).isEqualTo("skipped");
    assertThat(skipped.path("error").asText()).contains(why);
  }

  @Test
  @Tag("F063")
  void execute_whoseRequesterLosesHisKey_goesNoFurther() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    TestClient operator = muster.withRole("operator");
    String poll = begin(operator);
    Turn turn = Turn.of(members);
    String key = "key_" + operator.token().split("_")[1];
    muster.admin().delete("/api/auth/keys/" + key).expect(204);
    turn.end();
    requireSkipped(poll, turn.other(members), "the requester's right was withdrawn");
  }

  @Test
  @Tag("F063")
  void execute_whoseRequesterIsDemoted_goesNoFurther() {
    Map<String, String> account =
        Map.of("username", "demoted", "password", "a password for groups", "role", "operator");
    muster.admin().post("/api/users", account).expect(201);
    String token =
        muster
            .anonymous()
            .post("/api/login", Map.of("username", "demoted", "password", "a password for groups"))
            .expect(200)
            .text("token");
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.client(token));
    Turn turn = Turn.of(members);
    muster.admin().patch("/api/users/demoted", Map.of("role", "viewer")).expect(200);
    turn.end();
    requireSkipped(poll, turn.other(members), "command:execute");
  }

  @Test
  @Tag("F063")
  void execute_onAMemberThatHasLostTheTool_skipsIt() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.admin());
    Turn turn = Turn.of(members);
    FakeDevice idle = turn.other(members);
    idle.close();
    idle.withTools("system_info").connect();
    turn.end();
    requireSkipped(poll, idle, "expected: one this device has: [system_info]");
  }

  @Test
  @Tag("F063")
  void execute_onAMemberThatIsDeletedMeanwhile_accountsForItStill() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.admin());
    Turn turn = Turn.of(members);
    FakeDevice idle = turn.other(members);
    muster.admin().delete("/api/devices/" + idle.id()).expect(204);
    turn.end();
    requireSkipped(poll, idle, "deleted");
    assertThat(muster.admin().get(poll).at("total").asInt()).isEqualTo(2);
    TestReply counts = muster.admin().get(poll + "?results=none").expect(200);
    assertThat(counts.at("skipped").asInt()).isEqualTo(1);
    assertThat(counts.at("results")).isEmpty();
    muster.admin().get(poll + "?results=some").expect(422);
  }

  @Test
  @Tag("F060")
  void deletedGroup_leavesItsExecutionGoingOn() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.admin());
    Turn turn = Turn.of(members);
    muster.admin().delete(GROUPS + "/" + group).expect(204);
    turn.end();
    Turn.of(List.of(turn.other(members))).end();
    Awaitility.await().until(() -> muster.admin().get(poll).text("status").equals("completed"));
    String other = muster.admin().post(GROUPS, Map.of("name", "another")).text("id");
    muster.admin().get(poll.replace(group, other)).expect(404);
  }

  @Test
  @Tag("F063")
  void execute_sameIdempotencyKey_runsOnce() {
    FakeDevice only = member("only").connect();
    Map<String, String> headers = Map.of("Idempotency-Key", "once", "Prefer", "respond-async");
    String path = GROUPS + "/" + group + "/execute";
    String body = "{\"tool\":\"bash\",\"args\":{\"command\":\"true\"}}";
    TestReply made = muster.admin().send("POST", path, Optional.of(body), headers).expect(202);
    only.complete("once");
    TestReply again = muster.admin().send("POST", path, Optional.of(body), headers);
    assertThat(again.text("execution_id")).isEqualTo(made.text("execution_id"));
    assertThat(only.pollExecute(Duration.ofMillis(200))).isEmpty();
    String another = body.replace("true", "false");
    muster.admin().send("POST", path, Optional.of(another), headers).expect(409);
  }

  @Test
  @Tag("F063")
  void execute_capOutOfBounds_is422() {
    for (String cap : List.of("0", "1001", "5000000000")) {
      muster
          .admin()
          .send(
              "POST",
              GROUPS + "/" + group + "/execute",
              Optional.of("{\"tool\":\"bash\",\"parallel\":%s}".formatted(cap)),
              Map.of())
          .expect(422);
    }
  }

  @Test
  @Tag("F063")
  void execute_onAMemberThatIsBlockedMeanwhile_skipsIt() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.admin());
    Turn turn = Turn.of(members);
    FakeDevice idle = turn.other(members);
    muster.admin().post("/api/devices/" + idle.id() + "/block", Map.of()).expect(200);
    turn.end();
    requireSkipped(poll, idle, "offline");
  }

  @Test
  @Tag("F063")
  void execute_onAMemberThatIsBlockedInTheMiddle_countsItAsFailed() {
    List<FakeDevice> members = List.of(member("first").connect(), member("second").connect());
    String poll = begin(muster.admin());
    Turn turn = Turn.of(members);
    turn.device().started(turn.delivery());
    muster.admin().post("/api/devices/" + turn.device().id() + "/block", Map.of()).expect(200);
    Turn next = Turn.of(List.of(turn.other(members)));
    next.end();
    Awaitility.await().until(() -> muster.admin().get(poll).text("status").equals("completed"));
    TestReply ended = muster.admin().get(poll).expect(200);
    assertThat(ended.at("succeeded").asInt()).isEqualTo(1);
    assertThat(ended.at("failed").asInt()).isEqualTo(1);
    assertThat(part(ended, turn.device()).path("error").asText()).contains("blocked");
  }
}
